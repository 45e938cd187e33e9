import { objectSlug } from '../core/names.ts'
import { isActive } from '../core/server-state.ts'
import type { Database } from '../db/database.ts'
import { listServers } from '../db/servers.ts'
import { namesOfUsers } from '../db/users.ts'
import type { Log } from '../lib/log.ts'
import type { LivingServers, Spawner } from '../spawners/spawner.ts'

/** Lets the spawner remove what is left of servers that have no row any more. Several hubs may do it at once. */
export async function sweepLeftovers(
  deps: { readonly database: Database; readonly spawner: Spawner; readonly log: Log },
  signal: AbortSignal,
): Promise<void> {
  const removed = (await deps.spawner.sweep?.(() => livingServers(deps.database), signal)) ?? []
  if (removed.length > 0) deps.log.warn('spawner.swept', { removed: [...removed] })
}

async function livingServers({ db }: Database): Promise<LivingServers> {
  const servers = await listServers(db)
  const names = await namesOfUsers(
    db,
    servers.map((server) => server.userId),
  )
  const nameOf = (userId: number): string => names.get(userId) ?? ''
  return {
    ids: new Set(servers.map((server) => server.id)),
    keys: new Set(servers.map((server) => objectSlug(nameOf(server.userId), server.name))),
    activeUsers: new Set(servers.filter((server) => isActive(server.state)).map((server) => nameOf(server.userId))),
  }
}
