import { parseUserName } from '../core/names.ts'
import { maximumPasswordLength } from '../core/password-rules.ts'
import type { Passwords } from '../lib/passwords.ts'
import type { CredentialStore, PasswordAuthenticator } from './authenticator.ts'

/** What the authenticator needs. */
export type NativeDeps = { readonly credentials: CredentialStore; readonly passwords: Passwords }

/** Accounts with a password in the hub's own database (auth-and-security §4.1). */
export function createNative(options: { readonly enableSignup: boolean }, deps: NativeDeps): PasswordAuthenticator {
  const { credentials, passwords } = deps
  return {
    kind: 'native',
    form: 'password',
    signUp: options.enableSignup,
    authenticate: async ({ userName, password }) => {
      const parsed = parseUserName(userName)
      const tooLong = password.length > 2 * maximumPasswordLength
      const known = parsed.ok && !tooLong ? await credentials.find(parsed.name) : null
      // Somebody unknown costs one hash too: the time tells nothing.
      const isRight = await passwords.verify(tooLong ? '' : password, known?.passwordHash ?? null)
      if (!isRight || known === null) return null
      if (passwords.isOutdated(known.passwordHash)) await credentials.replace(known.userId, await passwords.hash(password))
      return { authenticator: 'native', subject: `${known.userId}`, userName: known.userName, admin: null, groups: null }
    },
  }
}
