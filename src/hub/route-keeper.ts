import { serverRoute } from '../core/addresses.ts'
import { fromIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import { findServer, listServers, touchServer } from '../db/servers.ts'
import type { Server } from '../db/servers.ts'
import { findUser, namesOfUsers, touchUser } from '../db/users.ts'
import { routeOf } from './drive-context.ts'
import type { DriveDeps } from './drive-context.ts'
import type { HubRoute } from './routes.ts'

/** What keeping the routes needs beyond what driving a server needs. */
export type RouteKeeperDeps = DriveDeps & {
  /** The way to the hub itself: where the proxy sends everything that is no server's. */
  readonly hubRoute: { readonly path: string; readonly target: string }
}

/** Keeps the proxy's table as it has to be, and learns from it when servers were used. */
export type RouteKeeper = {
  /** Mends the table when the proxy is a new process, or when that was not done for a while. Rejects while the proxy is away. */
  readonly mend: (signal: AbortSignal) => Promise<void>
  /** Notes the last use of every server as the proxy saw it. */
  readonly noteActivity: () => Promise<void>
}

/** The whole table is looked through at least this often, milliseconds. */
const syncEveryMs: Ms = 30_000

/** Makes a keeper. */
export function createRouteKeeper(deps: RouteKeeperDeps): RouteKeeper {
  const { database, routes, clock } = deps
  const { db } = database

  const wanted = async (): Promise<readonly HubRoute[]> => {
    const servers = await listServers(db, { kinds: ['starting', 'running'] })
    const names = await namesOfUsers(
      db,
      servers.map((server) => server.userId),
    )
    const hub: HubRoute = { ...deps.hubRoute, data: { hub: true, jupyterhub: true } }
    return [hub, ...servers.flatMap((server) => wantedRoute(deps, server, names.get(server.userId)))]
  }

  const mend = async (signal: AbortSignal): Promise<void> => {
    const isLate = clock.monotonic() - (routes.syncedAt() ?? -Infinity) > syncEveryMs
    if (isLate || (await routes.stale(signal))) await routes.sync(wanted, signal)
  }

  const noteActivity = async (): Promise<void> => {
    for (const { userName, serverName, at } of routes.activity()) {
      const user = await findUser(db, userName)
      const server = user === null ? null : await findServer(db, user.id, serverName)
      if (user === null || server === null) continue
      await touchServer(db, server.id, fromIso(at))
      await touchUser(db, user.id, fromIso(at), 0)
    }
  }

  return { mend, noteActivity }
}

/** The route of a server that runs. One that starts keeps what stands there. */
function wantedRoute(deps: RouteKeeperDeps, server: Server, userName: string | undefined): readonly HubRoute[] {
  if (userName === undefined) return []
  const path = serverRoute(deps.singleUser, userName, server.name)
  if (server.state.kind === 'running') return [routeOf(server.name, userName, path, server.state.url)]
  return [{ ...routeOf(server.name, userName, path, ''), leave: true }]
}
