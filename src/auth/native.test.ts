import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordAuthenticatorPromises } from '../../test/conformance/authenticator.ts'
import { createPasswords } from '../lib/passwords.ts'
import type { CredentialStore } from './authenticator.ts'
import { createNative } from './native.ts'

const passwords = createPasswords()
const password = 'correct horse battery'

type Stored = { userId: number; userName: string; passwordHash: string }

function storeOf(...stored: Stored[]): CredentialStore & { readonly replaced: string[] } {
  const replaced: string[] = []
  return {
    replaced,
    find: (userName) => Promise.resolve(stored.find((entry) => entry.userName === userName) ?? null),
    replace: (_, passwordHash) => {
      replaced.push(passwordHash)
      return Promise.resolve()
    },
  }
}

const aliceWith = (passwordHash: string): Stored => ({ userId: 7, userName: 'alice', passwordHash })

passwordAuthenticatorPromises({
  name: 'native',
  knowsEverybody: false,
  make: async () => {
    const credentials = storeOf(aliceWith(await passwords.hash(password)))
    return { authenticator: createNative({ enableSignup: false }, { credentials, passwords }), alice: { userName: 'alice', password } }
  },
})

test('the subject is the account, not its name', async () => {
  const credentials = storeOf(aliceWith(await passwords.hash(password)))
  const native = createNative({ enableSignup: true }, { credentials, passwords })
  assert.equal(native.signUp, true)
  assert.deepEqual(await native.authenticate({ userName: 'Alice', password }), {
    authenticator: 'native',
    subject: '7',
    userName: 'alice',
    admin: null,
    groups: null,
  })
})

test('a hash of yesterday is replaced at the next right password, and only then', async () => {
  const weak = { ...passwords, isOutdated: () => true }
  const credentials = storeOf(aliceWith(await passwords.hash(password)))
  const native = createNative({ enableSignup: false }, { credentials, passwords: weak })
  await native.authenticate({ userName: 'alice', password: 'wrong' })
  assert.equal(credentials.replaced.length, 0)
  await native.authenticate({ userName: 'alice', password })
  assert.ok(await passwords.verify(password, credentials.replaced[0] ?? ''))
})

test('a name without an account costs the same work as one with', async () => {
  let verified = 0
  const counting = { ...passwords, verify: (...of: Parameters<typeof passwords.verify>) => (verified++, passwords.verify(...of)) }
  const native = createNative({ enableSignup: false }, { credentials: storeOf(), passwords: counting })
  for (const userName of ['nobody', '..', 'a/b', '']) await native.authenticate({ userName, password })
  await native.authenticate({ userName: 'nobody', password: 'x'.repeat(10_000) })
  assert.equal(verified, 5)
})
