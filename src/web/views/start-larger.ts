import { sentence } from '../components.ts'
import { html, none } from '../html.ts'
import type { Html } from '../html.ts'
import { postForm } from '../layout.ts'
import { spawnLink } from '../links.ts'
import { named } from '../server-view.ts'
import type { ServerView } from '../server-view.ts'
import type { Ui } from '../ui.ts'

/** Starts a server that ran out of memory with the profile that gives more, if there is one. A form, so that it works without a script. */
export function startLarger(ui: Ui, server: ServerView, next: string | null = null): Html {
  if (server.larger === null) return none
  const label = sentence(ui, 'card.startLarger', named(server.larger.title))
  const body = html`<input type="hidden" name="profile" value="${server.larger.name}"><button class="btn primary"><span>${label}</span></button>`
  return postForm(ui, spawnLink(ui, server, next), body)
}
