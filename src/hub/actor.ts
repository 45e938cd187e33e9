import type { JsonObject } from '../core/json.ts'
import type { Principal } from '../core/principal.ts'
import type { Ms } from '../core/time.ts'
import { appendAudit } from '../db/audit.ts'
import type { Db } from '../db/database.ts'

/** Who does something to accounts, for the audit log and for what only administrators may do. */
export type Actor = {
  /** `user alice`, `service culler`, `address 10.0.0.1` (not signed in) or `hub`. */
  readonly label: string
  readonly admin: boolean
  /** The actor's own account; null for services and the hub. */
  readonly userId: number | null
}

/** The operator at the command line, or the program itself. */
export const hubActor: Actor = { label: 'hub', admin: true, userId: null }

/** Whoever sent the request. */
export const actorOf = (who: Principal): Actor => ({
  label: `${who.kind} ${who.name}`,
  admin: who.admin,
  userId: who.kind === 'user' ? who.id : null,
})

/** Somebody who is not signed in. */
export const strangerAt = (address: string): Actor => ({ label: `address ${address}`, admin: false, userId: null })

/** Notes a deed in the audit log; call it in the transaction of the deed. */
export const audit = (tx: Db, now: Ms, actor: Actor, action: string, target: string, detail: JsonObject = {}): Promise<void> =>
  appendAudit(tx, { actor: actor.label, action, target, detail, now })
