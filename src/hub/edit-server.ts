import { HubError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Profile } from '../core/profile-schema.ts'
import { isActive, pendingOf } from '../core/server-state.ts'
import type { Database, Db } from '../db/database.ts'
import { renameServer } from '../db/server-names.ts'
import { findServerById, upsertServer, writeIntent } from '../db/servers.ts'
import type { Server } from '../db/servers.ts'
import { lockUser } from '../db/users.ts'
import type { Clock } from '../lib/clock.ts'
import { chosenOptions } from './profiles.ts'
import { refuseName } from './refuse-name.ts'
import type { NameOptions } from './refuse-name.ts'
import { labelOf } from './server-ref.ts'
import type { ServerOwner } from './server-ref.ts'

/** What editing needs. */
export type ServerEditsDeps = {
  readonly database: Database
  readonly clock: Clock
  readonly options: NameOptions
  /** What people may choose from; empty: options are taken as they come. */
  readonly profiles: readonly Profile[]
}

/** What to change; what is left out stays. */
export type ServerEdit = {
  readonly name?: string | undefined
  readonly displayName?: string | undefined
  readonly userOptions?: JsonObject | undefined
}

/** Use cases of servers that do not run. */
export type ServerEdits = ReturnType<typeof createServerEdits>

/** Each of them is one transaction: all of it, or nothing. */
export function createServerEdits(deps: ServerEditsDeps) {
  const { database, clock } = deps

  /** Makes a named server without starting it. Errors: server_exists, named_servers_off, bad_name, named_server_limit, and those of `chosenOptions`. */
  const create = (owner: ServerOwner, name: string, edit: Omit<ServerEdit, 'name'>): Promise<Server> =>
    database.transaction(async (tx) => {
      await lockUser(tx, owner.id)
      if (name === '') throw new HubError('server_exists', { user: owner.name, server: '' })
      await refuseName(tx, deps.options, owner, name)
      const displayName = edit.displayName ?? name
      const server = await upsertServer(tx, { userId: owner.id, name, displayName, now: clock.now() })
      return (await writeEdit(tx, deps, owner, server, { userOptions: edit.userOptions })) ?? server
    })

  /**
   * Changes a server that does not run: all of it, or nothing. A default server that gets a name leaves a fresh default one behind.
   * Errors: server_pending, server_already_running, those of `chosenOptions`, and those of `create` when the name changes.
   */
  const edit = (owner: ServerOwner, serverId: number, change: ServerEdit): Promise<Server> =>
    database.transaction(async (tx) => {
      await lockUser(tx, owner.id)
      const server = await findServerById(tx, serverId)
      if (server === null) throw new HubError('server_not_found', { user: owner.name, server: '' })
      refuseActive(server, owner)
      if ((change.name ?? change.displayName) !== undefined && !deps.options.allowNamedServers) throw new HubError('named_servers_off')
      const isRenamed = change.name !== undefined && change.name !== server.name
      if (isRenamed) await rename(tx, deps, owner, server, change.name ?? '')
      return (await writeEdit(tx, deps, owner, server, change)) ?? server
    })

  return { create, edit }
}

function refuseActive(server: Server, owner: ServerOwner): void {
  if (!isActive(server.state)) return
  const label = labelOf(owner.name, server.name)
  const pending = pendingOf(server.state, server.desired)
  if (pending === null) throw new HubError('server_already_running', { server: label })
  throw new HubError('server_pending', { server: label, pending })
}

async function rename(tx: Db, deps: ServerEditsDeps, owner: ServerOwner, server: Server, name: string): Promise<void> {
  await refuseName(tx, deps.options, owner, name, server.name !== '')
  if (!(await renameServer(tx, server.id, name))) throw new HubError('server_pending', { server: owner.name, pending: 'spawn' })
  if (server.displayName === server.name) await writeIntent(tx, server.id, { desired: 'stopped', displayName: name })
}

/** Null: there was nothing to write. Options are what a start would take: they fit now, or nothing is written. */
async function writeEdit(
  tx: Db,
  { profiles }: ServerEditsDeps,
  owner: ServerOwner,
  server: Server,
  { displayName, userOptions }: ServerEdit,
): Promise<Server | null> {
  const isChosen = userOptions !== undefined && Object.keys(userOptions).length > 0
  const chosen = isChosen ? await chosenOptions(tx, profiles, owner, { asked: userOptions, kept: {} }) : userOptions
  const patch = { ...(displayName === undefined ? {} : { displayName }), ...(chosen === undefined ? {} : { userOptions: chosen }) }
  return Object.keys(patch).length === 0 ? findServerById(tx, server.id) : writeIntent(tx, server.id, { desired: 'stopped', ...patch })
}
