import { HubError } from '../../core/errors.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import type { KeptFiles } from '../../core/kept-files.ts'
import type { Principal } from '../../core/principal.ts'
import type { Profile } from '../../core/profile-schema.ts'
import { defaultProfile, optionsOf } from '../../core/profiles.ts'
import type { Chosen as CheckedChoice } from '../../core/profiles.ts'
import type { Server } from '../../db/servers.ts'
import { spawnLink } from '../../web/links.ts'
import { spawnPage } from '../../web/views/spawn.ts'
import { hubPrefixOf } from '../deps.ts'
import type { PageCall } from '../page.ts'
import { nextOf } from './destination.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, recordOf, uiOf } from './render.ts'
import { absentServer, serverView } from './server-views.ts'
import type { Chosen } from './spawn.ts'

/** Whether there is anything to choose: several profiles, or fields of the only one. */
export const needsForm = (usable: readonly Profile[]): boolean =>
  usable.length > 1 || usable.some(({ fields }) => Object.keys(fields).length > 0)

/** What was typed or chosen, and what is wrong with it. */
export type Tried = { readonly options: JsonObject; readonly checked: CheckedChoice & { readonly ok: false } }

/**
 * The form on which a profile is chosen. `tried`: a choice that was refused; null for the first look, which shows what was chosen last time.
 * Errors: profile_none.
 */
export async function showForm(
  parts: PageParts,
  call: PageCall<Principal>,
  { owner, name, server }: Chosen,
  tried: Tried | null,
): Promise<Response> {
  const { profiles } = call.hub.servers
  const usable = await profiles.usableBy(owner)
  const first = defaultProfile(usable)
  if (first === undefined) throw new HubError('profile_none', { user: owner.name })
  const options = tried?.options ?? (await lastOptions(call, owner, server?.userOptions ?? {}))
  const wish = textOf(options['profile'])
  const known = new Set(Object.keys(usable.find((profile) => profile.name === wish)?.fields ?? {}))
  const problems = (tried?.checked.problems ?? []).filter(({ field }) => known.has(field))
  const isElsewhere = tried !== null && problems.length < Math.max(1, tried.checked.problems.length)
  const links = { hubPrefix: hubPrefixOf(call.hub.options), baseUrl: call.hub.options.baseUrl }
  const next = nextOf(call)
  const data = {
    server: server === null ? absentServer(owner.name, name) : serverView(owner.name, server),
    profiles: usable,
    kept: await keptOf(call, usable, owner, server ?? { id: 0, name, userOptions: {} }),
    chosen: usable.some((profile) => profile.name === wish) ? wish : first.name,
    values: Object.fromEntries(Object.entries(options).map(([field, value]) => [field, textOf(value)])),
    problems,
    error: isElsewhere ? recordOf(tried.checked.error) : null,
    next,
    newDisplayName: call.form.get('display_name') ?? call.exchange.query.get('display_name'),
  }
  const ui = uiOf(parts, call, 'home', spawnLink(links, { userName: owner.name, name }, next))
  return htmlReply(spawnPage(data, ui), tried?.checked.error.status ?? 200)
}

/** What lasts with each profile; once when it is the same with all. */
async function keptOf(
  { hub }: PageCall<Principal>,
  usable: readonly Profile[],
  owner: Chosen['owner'],
  server: Pick<Server, 'id' | 'name' | 'userOptions'>,
): Promise<readonly (KeptFiles | null)[]> {
  const kept = await Promise.all(usable.map((profile) => hub.servers.keptFiles.ofProfile(owner, server, profile)))
  const [first = null] = kept
  return kept.every((one) => JSON.stringify(one) === JSON.stringify(first)) ? [first] : kept
}

/** What the last start was made with, when it would still be accepted. */
async function lastOptions(call: PageCall<Principal>, owner: Chosen['owner'], kept: JsonObject): Promise<JsonObject> {
  const checked = await call.hub.servers.profiles.check(owner, kept, true)
  return checked.ok ? optionsOf(checked.choice) : {}
}

function textOf(value: Json | undefined): string {
  const one: unknown = Array.isArray(value) ? value[0] : value
  return typeof one === 'string' || typeof one === 'number' ? `${one}` : ''
}
