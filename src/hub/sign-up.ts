import { isListed } from '../core/access-rules.ts'
import { HubError } from '../core/errors.ts'
import { consumeRate } from '../db/rate-limits.ts'
import { setCredential } from '../db/credentials.ts'
import { createUser, isNameTaken } from '../db/users.ts'
import { requireGoodPassword, requireName } from './account-rules.ts'
import type { AccountsDeps } from './account-rules.ts'
import { audit, strangerAt } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'
import { addressKey } from './password-gate.ts'

/** A class of pupils may sign up at once behind one address. */
const perAddress = { limit: 100, windowMs: 600_000 }

/** What to tell: wait for approval, or sign in. */
export type SignUpOutcome = { readonly kind: 'pending' | 'active'; readonly userName: string }

/** People who ask for an account themselves. */
export function createSignUp(deps: AccountsDeps) {
  const { database, clock, passwords, options } = deps

  /**
   * Asks for an account. With approval the answer is the same whether the name is free or not; without it a taken name is an error.
   * Errors: sign_up_closed, rate_limited, bad_name, password_weak, user_exists.
   */
  const signUp = async (form: {
    readonly userName: string
    readonly password: string
    readonly address: string
  }): Promise<SignUpOutcome> => {
    if (!options.enableSignup) throw new HubError('sign_up_closed')
    const bucket = `signup:${addressKey(form.address)}`
    const verdict = await consumeRate(database.db, { bucket, ...perAddress, now: clock.now() })
    if (!verdict.allowed) throw new HubError('rate_limited', { retryAfterSeconds: Math.ceil(verdict.retryAfterMs / 1000) })
    const name = requireName(form.userName.trim())
    requireGoodPassword(deps, form.password, name)
    const passwordHash = await passwords.hash(form.password)
    const { adminUsers, allowedUsers, blockedUsers } = deps.rules()
    // Names that the operator speaks of belong to somebody already: those people get an invitation.
    const isReserved = [adminUsers, allowedUsers, blockedUsers].some((names) => isListed(names, name))
    const status = options.openSignup ? 'active' : 'pending'
    const isMade = !isReserved && (await make(name, passwordHash, { status, address: form.address }))
    if (!isMade && status === 'active') throw new HubError('user_exists', { user: name })
    return { kind: status, userName: name }
  }

  const make = (
    name: string,
    passwordHash: string,
    as: { readonly status: 'active' | 'pending'; readonly address: string },
  ): Promise<boolean> =>
    database.transaction(async (tx) => {
      const now = clock.now()
      if (await isNameTaken(tx, name)) return false
      const user = await createUser(tx, { name, status: as.status, now })
      if (user === null) return false
      await setCredential(tx, { userId: user.id, passwordHash, now })
      await giveDefaultRoles(tx, { userId: user.id }, false)
      await audit(tx, now, strangerAt(as.address), 'user.sign_up', name, { status: as.status })
      return true
    })

  return { signUp }
}
