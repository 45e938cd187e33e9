import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { peopleWorld } from '../../test/support/people-world.ts'
import type { PeopleWorld } from '../../test/support/people-world.ts'
import { linkIdentity } from '../db/identities.ts'
import { directRolesOfUser } from '../db/roles.ts'
import { countUsers, findUser, updateUser } from '../db/users.ts'
import type { LoginOutcome } from './login-outcome.ts'
import { addressKey } from './password-gate.ts'

const password = 'moon-rake-79-lamp'
const limits = { windowMs: 300_000, perPair: 3, perName: 8, perAddress: 12, maxWaiting: 100 }
const dummy = { kind: 'dummy', password: undefined, insecureDummy: false } as const

const codeOf = (outcome: LoginOutcome): string => (outcome.kind === 'in' ? 'in' : outcome.code)

async function wrong(world: PeopleWorld, times: number, who: { name: string; address: string }): Promise<string[]> {
  const codes: string[] = []
  for (let round = 0; round < times; round += 1) codes.push(codeOf(await world.signIn(who.name, 'wrong', who.address)))
  return codes
}

suite('signing in', () => {
  test('name and password let in, blanks and spelling of the name do not matter', async () => {
    const world = await peopleWorld()
    const alice = await world.person('alice', password)
    assert.deepEqual(await world.signIn('  Alice ', password), { kind: 'in', userId: alice.id, userName: 'alice', admin: false })
  })

  test('names that cannot be are wrong, make no account and no error', async () => {
    const world = await peopleWorld('sqlite', { authenticators: [dummy] })
    for (const name of [
      '../root1',
      '..',
      '.',
      'a/b',
      'a\\b',
      '__proto__',
      'x'.repeat(300),
      '\u202ealice',
      '😀',
      'a\u0000b',
      '',
      '   ',
      'x'.repeat(100_000),
    ])
      assert.equal(codeOf(await world.signIn(name, password, `192.0.2.${name.length % 200}`)), 'sign_in_failed', name.slice(0, 20))
    assert.equal(await countUsers(world.database.db), 0)
  })

  test('a name that only looks like another makes no second account', async () => {
    const world = await peopleWorld('sqlite', { authenticators: [dummy] })
    assert.equal(codeOf(await world.signIn('jose\u0301', 'x')), 'in')
    assert.equal(codeOf(await world.signIn('josé', 'x')), 'in')
    assert.equal(codeOf(await world.signIn('ｊｏｓé', 'x')), 'sign_in_failed')
    assert.equal(await countUsers(world.database.db), 1)
  })

  test('the first sign-in makes the account with its role, also when it comes twice at once', async () => {
    const world = await peopleWorld('sqlite', { authenticators: [dummy] })
    const both = await Promise.all([world.signIn('bob', 'x'), world.signIn('bob', 'x')])
    assert.deepEqual(both.map(codeOf), ['in', 'in'])
    const bob = await findUser(world.database.db, 'bob')
    assert.ok(bob?.lastActivityAt)
    assert.deepEqual(
      (await directRolesOfUser(world.database.db, bob.id)).map((role) => role.name),
      ['user'],
    )
  })

  test('the lists of the operator decide, the block first', async () => {
    const world = await peopleWorld('sqlite', { authenticators: [dummy] })
    world.allow({ allowedUsers: ['alice'], adminUsers: ['root1'], blockedUsers: ['Mallory'], allowAll: false })
    assert.equal(codeOf(await world.signIn('alice', 'x')), 'in')
    assert.equal(codeOf(await world.signIn('bob', 'x')), 'forbidden')
    const root = await world.signIn('root1', 'x')
    assert.equal(root.kind === 'in' && root.admin, true)
    world.allow({ allowAll: true, allowedUsers: ['mallory'], blockedUsers: ['MALLORY'] })
    assert.equal(codeOf(await world.signIn('mallory', 'x')), 'account_blocked')
    assert.equal(codeOf(await world.signIn('bob', 'x')), 'in')
  })

  test('a list that names administrators only ever grants', async () => {
    const world = await peopleWorld('sqlite', { authenticators: [dummy] })
    world.allow({ adminUsers: ['alice'] })
    assert.equal(codeOf(await world.signIn('alice', 'x')), 'in')
    world.allow({})
    const again = await world.signIn('alice', 'x')
    assert.equal(again.kind === 'in' && again.admin, true)
  })

  test('a native account needs no list, and a block stops it', async () => {
    const world = await peopleWorld()
    await world.person('alice', password)
    assert.equal(codeOf(await world.signIn('alice', password)), 'in')
    world.allow({ blockedUsers: ['alice'] })
    assert.equal(codeOf(await world.signIn('alice', password)), 'account_blocked')
    assert.equal(codeOf(await world.signIn('alice', 'wrong')), 'sign_in_failed')
  })

  test('an identity tied to an account that waits does not get in', async () => {
    const world = await peopleWorld('sqlite', { authenticators: [dummy] })
    const alice = await world.person('alice', password)
    await linkIdentity(world.database.db, { userId: alice.id, authenticator: 'dummy', subject: 'alice', login: 'alice', now: 0 })
    await updateUser(world.database.db, alice.id, { status: 'pending' })
    assert.equal(codeOf(await world.signIn('alice', 'x')), 'account_pending')
  })
})

suite('the limit of wrong passwords', () => {
  test('a name from one address is slowed first, and only there', async () => {
    const world = await peopleWorld('sqlite', { limits })
    await world.person('alice', password)
    const here = { name: 'alice', address: '192.0.2.1' }
    assert.deepEqual(await wrong(world, 4, here), ['sign_in_failed', 'sign_in_failed', 'sign_in_failed', 'rate_limited'])
    const refused = await world.signIn('alice', password, here.address)
    assert.deepEqual(refused, { kind: 'refused', code: 'rate_limited', detail: { retryAfterSeconds: 300 } })
    assert.equal(codeOf(await world.signIn('ALICE ', password, here.address)), 'rate_limited')
    assert.equal(codeOf(await world.signIn('alice', password, '192.0.2.2')), 'in')
    world.clock.move(300_000)
    assert.equal(codeOf(await world.signIn('alice', password, here.address)), 'in')
  })

  test('a name is slowed when many addresses guess it, an address when it guesses many names', async () => {
    const world = await peopleWorld('sqlite', { limits })
    for (let host = 1; host <= 8; host += 1) await wrong(world, 1, { name: 'alice', address: `192.0.2.${host}` })
    assert.deepEqual(await wrong(world, 1, { name: 'alice', address: '192.0.2.99' }), ['rate_limited'])
    for (let number = 1; number <= 12; number += 1) await wrong(world, 1, { name: `n${number}`, address: '198.51.100.1' })
    assert.deepEqual(await wrong(world, 1, { name: 'other', address: '198.51.100.1' }), ['rate_limited'])
  })

  test('one customer of an IPv6 network is one address', () => {
    assert.equal(addressKey('2001:db8:0:1:aaaa::1'), addressKey('2001:db8::1:0:0:0:2'))
    assert.notEqual(addressKey('2001:db8:0:1::1'), addressKey('2001:db8:0:2::1'))
    assert.equal(addressKey('::ffff:192.0.2.1'), '192.0.2.1')
    assert.equal(addressKey('::1'), '0:0:0:0::/64')
    assert.equal(addressKey('fe80::1%eth0'), 'fe80:0:0:0::/64')
    assert.equal(addressKey('2001:0DB8:0:1::1'), '2001:db8:0:1::/64')
  })

  test('a right password forgives the wrong ones before it', async () => {
    const world = await peopleWorld('sqlite', { limits })
    await world.person('alice', password)
    const here = { name: 'alice', address: '192.0.2.1' }
    for (let round = 0; round < 3; round += 1) {
      await wrong(world, 2, here)
      assert.equal(codeOf(await world.signIn('alice', password, here.address)), 'in')
    }
  })

  test('a class of sixty behind one address signs in at once', async () => {
    const world = await peopleWorld()
    const names = Array.from({ length: 60 }, (_, index) => `pupil${index}`)
    await Promise.all(names.map((name) => world.person(name, password)))
    const outcomes = await Promise.all(names.map((name) => world.signIn(name, password)))
    assert.deepEqual(new Set(outcomes.map(codeOf)), new Set(['in']))
  })

  test('many guesses at the same time get hardly further than one after the other', async () => {
    const world = await peopleWorld('sqlite', { limits })
    await world.person('alice', password)
    const outcomes = await Promise.all(Array.from({ length: 60 }, (_, index) => world.signIn('alice', `guess ${index}`)))
    const judged = outcomes.filter((outcome) => codeOf(outcome) === 'sign_in_failed').length
    assert.ok(judged >= 3 && judged <= 3 + 4, `${judged}`)
  })

  test('a queue that is too long turns people away instead of growing', async () => {
    const world = await peopleWorld('sqlite', { limits: { ...limits, perPair: 1000, perName: 1000, perAddress: 1000, maxWaiting: 5 } })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => world.signIn('alice', 'wrong')))
    assert.equal(outcomes.filter((outcome) => codeOf(outcome) === 'rate_limited').length, 20 - 5 - 4)
  })
})
