import type { StartPhase } from '../../core/server-state.ts'
import type { Profile } from '../../core/profile-schema.ts'
import { profileTitle } from '../../core/profiles.ts'
import { pendingOf } from '../../core/server-state.ts'
import type { ServerStateKind } from '../../core/server-state.ts'
import type { IsoTime } from '../../core/time.ts'
import type { Server } from '../../db/servers.ts'
import type { ServerOwner } from '../../hub/server-ref.ts'
import type { Servers } from '../../hub/servers.ts'
import type { ServerView } from '../../web/server-view.ts'

/** How far a start is in each phase, as long as nothing more exact is known. */
const percentOf: Readonly<Record<StartPhase, number>> = { queued: 2, preparing: 10, pulling: 20, creating: 40, booting: 60, routing: 95 }

function sinceOf({ state }: Server): IsoTime | null {
  if (state.kind === 'stopped') return null
  return state.kind === 'failed' ? state.at : state.since
}

/** What people are shown as the state: a stop that was asked for counts before it has begun. */
function kindOf({ state, desired }: Server): ServerStateKind {
  return pendingOf(state, desired) === 'stop' ? 'stopping' : state.kind
}

/** How the profile of the last start is called; null when it is gone, or nothing was started yet. */
function profileOf(server: Server, profiles: readonly Profile[]): string | null {
  const profile = server.generation === 0 ? undefined : profiles.find(({ name }) => name === server.userOptions['profile'])
  return profile === undefined ? null : profileTitle(profile)
}

/** A server as the pages show it; with its profile where `profiles` are given. */
export const serverView = (userName: string, server: Server, profiles: readonly Profile[] = []): ServerView => ({
  userName,
  name: server.name,
  displayName: server.displayName === server.name ? '' : server.displayName,
  kind: kindOf(server),
  phase: server.state.kind === 'starting' ? server.state.phase : null,
  progress: server.state.kind === 'starting' ? percentOf[server.state.phase] : 100,
  since: sinceOf(server),
  lastActivity: server.lastActivityAt,
  failure: server.state.kind === 'failed' ? server.state.failure : null,
  profile: profileOf(server, profiles),
  larger: null,
  kept: null,
  usage: null,
})

/** The view with the profile to try next, for a server that ran out of memory. */
export async function withLarger(
  { profiles }: Pick<Servers, 'profiles'>,
  owner: { readonly id: number; readonly name: string },
  server: Server | undefined,
  view: ServerView,
): Promise<ServerView> {
  const larger = server === undefined ? null : await profiles.largerFor(owner, server)
  return larger === null ? view : { ...view, larger: { name: larger.name, title: profileTitle(larger) } }
}

/** The view with what lasts beyond the server. */
export async function withKept(
  { keptFiles }: Pick<Servers, 'keptFiles'>,
  owner: ServerOwner,
  server: Server | null | undefined,
  view: ServerView,
): Promise<ServerView> {
  return { ...view, kept: await keptFiles.ofServer(owner, server ?? { id: 0, name: view.name, userOptions: {} }) }
}

/** How long a page waits for a measurement, milliseconds. Its script asks again. */
const measureMs = 400

/** The view with what the server uses at this moment. */
export async function withUsage({ usages }: Pick<Servers, 'usages'>, server: Server | undefined, view: ServerView): Promise<ServerView> {
  return server === undefined ? view : { ...view, usage: await usages.of(server, measureMs) }
}

/** A server that was never started. */
export const absentServer = (userName: string, name: string): ServerView => ({
  userName,
  name,
  displayName: '',
  kind: 'stopped',
  phase: null,
  progress: 0,
  since: null,
  lastActivity: null,
  failure: null,
  profile: null,
  larger: null,
  kept: null,
  usage: null,
})

/** All servers of somebody, the default one first, also when it was never started. */
export function serverViews(userName: string, servers: readonly Server[], profiles: readonly Profile[] = []): readonly ServerView[] {
  const views = servers.map((server) => serverView(userName, server, profiles))
  return servers.some((server) => server.name === '') ? views : [absentServer(userName, ''), ...views]
}
