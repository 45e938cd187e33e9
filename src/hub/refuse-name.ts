import { HubError } from '../core/errors.ts'
import { parseServerName, shownName } from '../core/names.ts'
import type { Db } from '../db/database.ts'
import { findServer, serversOfUser } from '../db/servers.ts'
import type { ServerOwner } from './server-ref.ts'

/** Whether servers may have names, and how many of them one person may have (0: no limit). */
export type NameOptions = { readonly allowNamedServers: boolean; readonly namedServerLimitPerUser: number }

/** Whether a server may get this name; one that is named already does not count anew. Errors: named_servers_off, server_exists, bad_name, named_server_limit. */
export async function refuseName(tx: Db, options: NameOptions, owner: ServerOwner, name: string, isNamedAlready = false): Promise<void> {
  if (!options.allowNamedServers) throw new HubError('named_servers_off')
  if ((await findServer(tx, owner.id, name)) !== null || name === '')
    throw new HubError('server_exists', { user: owner.name, server: shownName(name) })
  const parsed = parseServerName(name)
  if (!parsed.ok) throw new HubError('bad_name', { name: shownName(name), reason: parsed.reason })
  const limit = options.namedServerLimitPerUser
  if (limit === 0 || isNamedAlready) return
  const named = (await serversOfUser(tx, owner.id)).filter((server) => server.name !== '')
  if (named.length >= limit) throw new HubError('named_server_limit', { user: owner.name, limit })
}
