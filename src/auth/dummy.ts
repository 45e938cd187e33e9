import { parseUserName } from '../core/names.ts'
import { safeEqual } from '../lib/secrets.ts'
import type { PasswordAuthenticator } from './authenticator.ts'

/**
 * For trying things out: everybody is who they say, with one password for all or with any (auth-and-security §4.3).
 * The configuration refuses it on an address that other machines can reach, unless `insecureDummy` is set.
 */
export function createDummy(options: { readonly password?: string | undefined }): PasswordAuthenticator {
  return {
    kind: 'dummy',
    form: 'password',
    signUp: false,
    authenticate: ({ userName, password }) => {
      const parsed = parseUserName(userName)
      const isRight = options.password === undefined || safeEqual(password, options.password)
      if (!parsed.ok || !isRight) return Promise.resolve(null)
      return Promise.resolve({ authenticator: 'dummy', subject: parsed.name, userName: parsed.name, admin: null, groups: null })
    },
  }
}
