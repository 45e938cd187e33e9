import { objectSlug } from '../core/names.ts'
import type { ServerRef } from '../spawners/spawner.ts'

/** Who a server belongs to. */
export type ServerOwner = { readonly id: number; readonly name: string; readonly homeName: string }

/** A server as messages name it: `alice` for the default one, `alice:lab` for one with a name. */
export const labelOf = (userName: string, serverName: string): string => (serverName === '' ? userName : `${userName}:${serverName}`)

/** The name under which the spawner knows a server. */
export const refOf = (
  server: { readonly id: number; readonly name: string },
  owner: { readonly name: string; readonly homeName: string },
): ServerRef => ({
  serverId: server.id,
  userName: owner.name,
  homeName: owner.homeName,
  serverName: server.name,
  key: objectSlug(owner.name, server.name),
})
