import type { JsonObject } from '../core/json.ts'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import { readObject } from './columns.ts'
import type { Db } from './database.ts'

/** Something that somebody did to accounts, tokens or servers. */
export type AuditRow = {
  readonly id: number
  readonly at: IsoTime
  /** Who: `user alice`, `service culler`, `address 10.0.0.1` (not signed in) or `hub`. */
  readonly actor: string
  /** What, as `noun.verb`: `user.create`, `login.fail`. */
  readonly action: string
  /** To whom: a user name, or empty. */
  readonly target: string
  readonly detail: JsonObject
}

/** What is to be noted; never a secret. */
export type AuditEntry = {
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly detail?: JsonObject
  readonly now: Ms
}

/** Notes what was done, in the same transaction as the deed. */
export async function appendAudit(db: Db, entry: AuditEntry): Promise<void> {
  await db
    .insertInto('audit_log')
    .values({
      at: toIso(entry.now),
      actor: entry.actor.slice(0, 256),
      action: entry.action,
      target: entry.target.slice(0, 256),
      detail: JSON.stringify(entry.detail ?? {}),
    })
    .execute()
}

/** The newest entries, newest first, beginning before `beforeId` when given; with `target` only those about it. */
export async function listAudit(
  db: Db,
  query: { readonly limit: number; readonly beforeId?: number; readonly target?: string },
): Promise<readonly AuditRow[]> {
  const { limit, beforeId, target } = query
  const rows = await db
    .selectFrom('audit_log')
    .selectAll()
    .$if(beforeId !== undefined, (select) => select.where('id', '<', beforeId ?? 0))
    .$if(target !== undefined, (select) => select.where('target', '=', target ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    actor: row.actor,
    action: row.action,
    target: row.target,
    detail: readObject(row.detail),
  }))
}
