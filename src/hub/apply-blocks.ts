import { parseUserName } from '../core/names.ts'
import { isActive } from '../core/server-state.ts'
import type { Ms } from '../core/time.ts'
import type { Db } from '../db/database.ts'
import { serversOfUser, writeIntent } from '../db/servers.ts'
import { findUser, updateUser } from '../db/users.ts'
import { audit, hubActor } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'
import { endSessionsOf } from './sessions.ts'

/**
 * Shuts out the accounts that the configuration blocks (auth-and-security §1.7): no administrators any more, sessions and tokens end, servers stop.
 * A name that is no longer blocked stays shut out until an administrator lets it in.
 */
export async function applyBlocks(tx: Db, blockedUsers: readonly string[], now: Ms): Promise<void> {
  for (const raw of blockedUsers) {
    const parsed = parseUserName(raw.trim())
    const user = parsed.ok ? await findUser(tx, parsed.name) : null
    if (user === null) continue
    await updateUser(tx, user.id, { status: 'blocked', admin: false })
    await giveDefaultRoles(tx, { userId: user.id }, false)
    await endSessionsOf(tx, user.id)
    for (const server of await serversOfUser(tx, user.id))
      if (isActive(server.state)) await writeIntent(tx, server.id, { desired: 'stopped' })
    if (user.status !== 'blocked') await audit(tx, now, hubActor, 'user.block', user.name)
  }
}
