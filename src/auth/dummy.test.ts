import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordAuthenticatorPromises } from '../../test/conformance/authenticator.ts'
import { createDummy } from './dummy.ts'
import { createAuthenticators } from './registry.ts'
import { systemClock } from '../lib/clock.ts'
import { createPasswords } from '../lib/passwords.ts'

passwordAuthenticatorPromises({
  name: 'dummy with a shared password',
  knowsEverybody: true,
  make: () => Promise.resolve({ authenticator: createDummy({ password: 'shared' }), alice: { userName: 'alice', password: 'shared' } }),
})

test('without a shared password any will do', async () => {
  const dummy = createDummy({})
  assert.equal((await dummy.authenticate({ userName: 'Bob', password: 'anything' }))?.userName, 'bob')
  assert.equal(await dummy.authenticate({ userName: 'a/b', password: 'anything' }), null)
})

test('the registry makes what the configuration lists, in its order', () => {
  const deps = {
    passwords: createPasswords(),
    credentials: { find: () => Promise.resolve(null), replace: () => Promise.resolve() },
    clock: systemClock,
  }
  const native = { kind: 'native', enableSignup: true, openSignup: false, minimumPasswordLength: 10, checkCommonPasswords: true } as const
  const made = createAuthenticators([{ kind: 'dummy', password: undefined, insecureDummy: false }, native], deps)
  assert.deepEqual(
    made.map((authenticator) => authenticator.kind),
    ['dummy', 'native'],
  )
})
