import type { ForeignToken, ImportedPerson, ImportPlan } from '../core/import-plan.ts'
import { fromIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import type { Database, Db } from '../db/database.ts'
import { addMember, createGroup, findGroup } from '../db/groups.ts'
import { findServer, upsertServer, writeIntent } from '../db/servers.ts'
import { getSetting, setSetting } from '../db/settings.ts'
import { createToken, jupyterHubKey } from '../db/tokens.ts'
import { createUser, findUser } from '../db/users.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { audit, hubActor } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'

/** How much was new here. */
export type Imported = { people: number; groups: number; servers: number; tokens: number }

/** Under this key it is kept which tokens have come already, as hashes of hashes: one that was revoked here does not come a second time. */
const seenKey = 'jupyterhub-import'

/**
 * Takes over what the plan names, all of it or nothing, and counts what was new. Whoever is here already stays as they are, with their rights; they get
 * the groups, servers and tokens that they lack. A second time nothing happens. `dryRun`: counts, and keeps nothing.
 */
export async function importHub(database: Database, plan: ImportPlan, now: Ms, dryRun: boolean): Promise<Imported> {
  const undo = new Error('a dry run')
  const count: Imported = { people: 0, groups: 0, servers: 0, tokens: 0 }
  try {
    await database.transaction(async (tx) => {
      for (const { name, properties } of plan.groups) if ((await createGroup(tx, name, properties)) !== null) count.groups += 1
      const seen = new Set((await getSetting(tx, seenKey))?.split(' '))
      for (const person of plan.people) await importPerson(tx, person, { now, seen, count })
      await setSetting(tx, seenKey, [...seen].join(' '))
      if (dryRun) throw undo
      await audit(tx, now, hubActor, 'import', 'jupyterhub', { ...count })
    })
  } catch (error) {
    if (error !== undo) throw error
  }
  return count
}

type Work = { readonly now: Ms; readonly seen: Set<string>; readonly count: Imported }

async function importPerson(tx: Db, { name, admin, groups, servers, tokens }: ImportedPerson, { now, seen, count }: Work): Promise<void> {
  const present = await findUser(tx, name)
  const user = present ?? (await createUser(tx, { name, admin, now }))
  if (user === null) throw new Error(`Somebody here is called so much like ${name} that the two could be mistaken. Rename one of them.`)
  if (present === null) {
    await giveDefaultRoles(tx, { userId: user.id }, admin)
    count.people += 1
  }
  for (const group of groups) {
    const found = await findGroup(tx, group)
    if (found !== null) await addMember(tx, found.id, user.id)
  }
  for (const server of servers) {
    if ((await findServer(tx, user.id, server.name)) !== null) continue
    const { id } = await upsertServer(tx, { userId: user.id, name: server.name, now })
    await writeIntent(tx, id, { desired: 'stopped', userOptions: server.options })
    count.servers += 1
  }
  for (const token of tokens) if (await importToken(tx, user.id, token, { now, seen, count })) count.tokens += 1
}

async function importToken(tx: Db, userId: number, token: ForeignToken, { now, seen }: Work): Promise<boolean> {
  const hash = jupyterHubKey(token.prefix, token.hashed)
  const mark = sha256Hex(hash).slice(0, 16)
  if (seen.has(mark)) return false
  seen.add(mark)
  const { scopes, note, createdAt, expiresAt } = token
  return (await createToken(tx, { hash, userId, scopes, note, now: createdAt === null ? now : fromIso(createdAt), expiresAt })) !== null
}
