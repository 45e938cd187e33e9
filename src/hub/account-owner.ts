import type { Authenticator } from '../auth/authenticator.ts'
import { listedIn } from '../core/access.ts'
import type { AccessRules } from '../core/access-rules.ts'
import { findCredential } from '../db/credentials.ts'
import type { Db } from '../db/database.ts'
import { findIdentity, identitiesOfUser } from '../db/identities.ts'
import { findUser, findUserById, lockUser } from '../db/users.ts'
import type { User } from '../db/users.ts'

/** What the configured authenticators say about names. */
export type NameAuthority = {
  /** The authenticator whose user names are those of this hub: the first that is not `native`. Null: there is none. */
  readonly namesBy: string | null
  /** People may have a password here, so an account without any way in may wait for the one whom it was made for. */
  readonly keepsPasswords: boolean
}

/** Which of the configured authenticators decides about names. */
export function nameAuthority(authenticators: readonly Authenticator[]): NameAuthority {
  const ids = authenticators.map((one) => (one.form === 'redirect' ? one.id : one.kind))
  return { namesBy: ids.find((id) => id !== 'native') ?? null, keepsPasswords: ids.includes('native') }
}

/** Who asks for an account: proved by that authenticator, under that name (normalised and mapped). */
export type Claim = { readonly authenticator: string; readonly subject: string; readonly name: string }

/**
 * Whose account it is: `tied` to this identity before, `handed` over now by its name, `free` (there is none of that name yet), or `taken` by somebody
 * else, who may be a person of another authenticator.
 */
export type Ownership =
  | { readonly kind: 'tied'; readonly account: User; readonly hasPassword: boolean }
  | { readonly kind: 'handed'; readonly account: User }
  | { readonly kind: 'free' | 'taken' }

/**
 * The account of an identity. A name alone gives nobody the account of somebody else: it has to be one that nobody has a way into yet, and either the
 * operator's lists name this person, or names of this authenticator are those of the hub and no password can be waiting.
 */
export async function ownershipOf(tx: Db, claim: Claim, rules: AccessRules, authority: NameAuthority): Promise<Ownership> {
  const tied = await tiedAccount(tx, claim)
  if (tied !== null) return { kind: 'tied', account: tied, hasPassword: (await findCredential(tx, tied.id)) !== null }
  if (claim.authenticator === 'native') return { kind: 'taken' }
  const named = await findUser(tx, claim.name)
  const byName = claim.authenticator === authority.namesBy
  const listed = listedIn(rules, { ...claim, byName })
  if (named === null) return isMeantForOthers(rules, claim, listed.allowed) ? { kind: 'taken' } : { kind: 'free' }
  // Two identities may ask for it at the same time.
  await lockUser(tx, named.id)
  if (await hasWayIn(tx, named.id)) return { kind: 'taken' }
  const isMeant = named.admin ? listed.admin : listed.allowed
  return isMeant || (byName && !authority.keepsPasswords) ? { kind: 'handed', account: named } : { kind: 'taken' }
}

async function tiedAccount(tx: Db, { authenticator, subject }: Claim): Promise<User | null> {
  if (authenticator === 'native') return findUserById(tx, Number(subject))
  const identity = await findIdentity(tx, authenticator, subject)
  return identity === null ? null : findUserById(tx, identity.userId)
}

/** The operator's lists name somebody of another authenticator: whoever only has the same name must not make the account first. */
const isMeantForOthers = (rules: AccessRules, { name }: Claim, listed: boolean): boolean =>
  !listed && (rules.allowedUsers.has(name) || rules.adminUsers.has(name))

const hasWayIn = async (tx: Db, userId: number): Promise<boolean> =>
  (await findCredential(tx, userId)) !== null || (await identitiesOfUser(tx, userId)).length > 0
