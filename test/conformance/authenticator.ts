import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { PasswordAuthenticator } from '../../src/auth/authenticator.ts'

/** A person whom the authenticator under test knows. */
export type KnownPerson = { readonly userName: string; readonly password: string }

/** What the suite needs of the authenticator under test. */
export type AuthenticatorCase = {
  readonly name: string
  /** A fresh one that knows `alice` by her password, and nobody else unless it knows everybody. */
  readonly make: () => Promise<{ readonly authenticator: PasswordAuthenticator; readonly alice: KnownPerson }>
  /** True when any name is somebody. */
  readonly knowsEverybody: boolean
}

/** Names that must never come out of an authenticator, whatever the password. */
const impossibleNames = [
  '',
  '.',
  '..',
  '../alice',
  'a/b',
  'a\\b',
  'alice\u0000',
  'alice\n',
  '\u202ealice',
  '__proto__',
  'a'.repeat(300),
  'mar\u212a',
]

/** What every authenticator with a form has to keep. */
export function passwordAuthenticatorPromises({ name, make, knowsEverybody }: AuthenticatorCase): void {
  suite(`${name} keeps what every password authenticator keeps`, () => {
    test('the right name and password give an identity with a stable subject', async () => {
      const { authenticator, alice } = await make()
      const [first, second] = [await authenticator.authenticate(alice), await authenticator.authenticate(alice)]
      assert.deepEqual([first?.userName, first?.authenticator], [alice.userName, authenticator.kind])
      assert.ok(first?.subject)
      assert.deepEqual(first, second)
    })

    test('a name in another spelling is the same person', async () => {
      const { authenticator, alice } = await make()
      const [usual, loud] = await Promise.all([
        authenticator.authenticate(alice),
        authenticator.authenticate({ ...alice, userName: alice.userName.toUpperCase() }),
      ])
      assert.deepEqual(loud, usual)
    })

    test('a wrong password is null, not an error', async () => {
      const { authenticator, alice } = await make()
      for (const password of ['', 'wrong', `${alice.password} `, alice.password.toUpperCase(), 'x'.repeat(5000), `${alice.password}\u0000`])
        assert.equal(await authenticator.authenticate({ ...alice, password }), null, JSON.stringify(password.slice(0, 20)))
    })

    test('a name that cannot be is null, with the right password too', async () => {
      const { authenticator, alice } = await make()
      for (const userName of impossibleNames)
        assert.equal(await authenticator.authenticate({ ...alice, userName }), null, JSON.stringify(userName.slice(0, 20)))
    })

    if (knowsEverybody) return
    test('somebody unknown is null', async () => {
      const { authenticator, alice } = await make()
      assert.equal(await authenticator.authenticate({ ...alice, userName: 'bob' }), null)
      assert.equal(await authenticator.authenticate({ ...alice, userName: 'constructor' }), null)
    })
  })
}
