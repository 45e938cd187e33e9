import { HubError } from '../core/errors.ts'
import { isActive } from '../core/server-state.ts'
import type { Db } from '../db/database.ts'
import { serversOfUser } from '../db/servers.ts'
import type { User } from '../db/users.ts'

/** Errors: user_servers_active. */
export async function refuseActiveServers(tx: Db, user: Pick<User, 'id' | 'name'>): Promise<void> {
  const servers = await serversOfUser(tx, user.id)
  if (servers.some((server) => isActive(server.state))) throw new HubError('user_servers_active', { user: user.name })
}
