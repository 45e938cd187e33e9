import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hubActor } from '../../src/hub/actor.ts'
import { defaultGateLimits } from '../../src/hub/password-gate.ts'
import { peopleWorld, type PeopleWorld } from '../support/people-world.ts'

const right = 'a long right password'
const other = 'another long password'

const world = await peopleWorld()
world.allow({ allowAll: true })
await world.person('alice', right)
await world.accounts.create(['invited'], false, hubActor)

/** Every try from an address of its own, so that only the password decides. */
let tries = 0
const outcomeOf = async (userName: string, password: string): Promise<string> => {
  tries += 1
  const outcome = await world.signIn(userName, password, `198.51.100.${tries}`)
  return outcome.kind === 'in' ? `in as ${outcome.userName}` : outcome.code
}

test('A18: a name in another spelling is the same account, with the same password and no other', async () => {
  for (const spelling of ['ALICE', 'Alice ', ' aLiCe', '\tALICE']) {
    assert.equal(await outcomeOf(spelling, right), 'in as alice', JSON.stringify(spelling))
    assert.equal(await outcomeOf(spelling, other), 'sign_in_failed', JSON.stringify(spelling))
  }
})

test('A21: an account without a password cannot be entered with any, and a blank or doctored one opens nothing', async () => {
  for (const password of ['', ' ', right, '*', '\0', 'null', 'undefined'])
    assert.equal(await outcomeOf('invited', password), 'sign_in_failed')
  for (const password of ['', ' ', '*', ` ${right}`, `${right} `, `${right}\0`, `${right}\0x`, right.toUpperCase()])
    assert.equal(await outcomeOf('alice', password), 'sign_in_failed', JSON.stringify(password))
})

test('H52: names that mean something to other directories are taken to the letter', async () => {
  for (const name of ['*', 'alice)(uid=*', '*)(uid=*', 'cn=alice,dc=x', "alice' or '1'='1", 'alice\0', 'alice%00', 'al%69ce'])
    assert.equal(await outcomeOf(name, right), 'sign_in_failed', JSON.stringify(name))
})

test('H52: guessing is over after a few wrong passwords, also for the right one, and only for a while', async () => {
  await world.person('bob', right)
  const guess = (): ReturnType<PeopleWorld['signIn']> => world.signIn('bob', other, '203.0.113.9')
  for (let n = 0; n < defaultGateLimits.perPair; n += 1) {
    const outcome = await guess()
    assert.ok(outcome.kind === 'refused' && outcome.code === 'sign_in_failed', `try ${n}`)
  }
  for (const password of [other, right]) {
    const outcome = await world.signIn('bob', password, '203.0.113.9')
    assert.ok(outcome.kind === 'refused' && outcome.code === 'rate_limited')
    assert.ok(Number(outcome.detail['retryAfterSeconds']) > 0)
  }
  assert.equal((await world.signIn('bob', right, '203.0.113.10')).kind, 'in', 'somebody else far away cannot lock bob out')
  world.clock.move(defaultGateLimits.windowMs)
  assert.equal((await world.signIn('bob', right, '203.0.113.9')).kind, 'in')
})
