import type { ErrorRecord } from '../core/errors.ts'
import type { KeptFiles } from '../core/kept-files.ts'
import type { ServerStateKind, StartPhase } from '../core/server-state.ts'
import type { IsoTime } from '../core/time.ts'
import type { Usage } from '../core/usage.ts'
import { html } from './html.ts'
import type { Html } from './html.ts'
import type { Ui } from './ui.ts'

/** A server as the pages show it. */
export type ServerView = {
  readonly userName: string
  /** Empty for the default server. */
  readonly name: string
  /** As typed by its owner; empty: the name is shown. */
  readonly displayName: string
  readonly kind: ServerStateKind
  readonly phase: StartPhase | null
  /** Whole percent of a start that goes on. */
  readonly progress: number
  /** When it got into this state. */
  readonly since: IsoTime | null
  readonly lastActivity: IsoTime | null
  /** Why the last start failed, or the server died. */
  readonly failure: ErrorRecord | null
  /** How the profile of the last start is called; null: none. */
  readonly profile: string | null
  /** The profile to try next, because the server ran out of memory; null: it did not, or none gives more. */
  readonly larger: { readonly name: string; readonly title: string } | null
  /** What lasts beyond it, where all else goes with it; null: its files last like all others, or nobody can tell. */
  readonly kept: KeptFiles | null
  /** What it uses; `soon` while it is being measured, null: there is nothing to measure. */
  readonly usage: Usage | 'soon' | null
}

/** What a server is called on a page. */
export const serverTitle = (ui: Ui, server: Whose): string => {
  if (server.displayName !== '') return server.displayName
  if (server.name !== '') return server.name
  return ui.t(isOwn(ui, server) ? 'server.mine' : 'server.default')
}

type Whose = Pick<ServerView, 'userName' | 'name' | 'displayName'>

const isOwn = (ui: Ui, server: Whose): boolean => ui.user?.name === server.userName

/** The server within a sentence: its name, or "your server", or "the server of bob". */
export function serverPhrase(ui: Ui, server: Whose): Html {
  const title = server.displayName === '' ? server.name : server.displayName
  if (isOwn(ui, server)) return title === '' ? html`${ui.t('server.yours')}` : named(title)
  return title === ''
    ? html`<bdi>${ui.t('server.of', { user: server.userName })}</bdi>`
    : html`<bdi>${title}</bdi> (<bdi>${server.userName}</bdi>)`
}

/** A name of somebody or something, kept from changing the direction of the text around it. */
export const named = (name: string): Html => html`<bdi>${name}</bdi>`
