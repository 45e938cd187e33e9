import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { peopleWorld } from '../../test/support/people-world.ts'
import { until } from '../../test/support/until.ts'
import type { Identity, RedirectAuthenticator } from '../auth/authenticator.ts'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import { createVault } from '../lib/secrets.ts'
import { createAuthFreshness } from './auth-freshness.ts'
import { createAuthStates } from './auth-state.ts'
import { createNoteSignIn } from './note-sign-in.ts'

const identity: Identity = { authenticator: 'school', subject: '7', userName: 'ada', admin: null, groups: null }

/** Somebody who has signed in at `school`; its answers wait until `answer` is called. */
async function schoolWorld(authenticators?: readonly RedirectAuthenticator[]) {
  const world = await peopleWorld('sqlite', { elsewhere: ['school'] })
  world.allow({ allowAll: true })
  const { database, login, clock } = world
  let asked = 0
  const gate = Promise.withResolvers<void>()
  const school: RedirectAuthenticator = {
    kind: 'oidc',
    id: 'school',
    form: 'redirect',
    title: 'School',
    settings: { callbackUrl: null, autoLogin: false, authRefreshAgeSeconds: 300, authRefreshGraceSeconds: 900, enableAuthState: false },
    begin: () => Promise.reject(new Error('not here')),
    finish: () => Promise.reject(new Error('not here')),
    refresh: async ({ authState }) => {
      asked += 1
      await gate.promise
      return { kind: 'same', signedIn: { identity, authState } }
    },
  }
  const authStates = createAuthStates({ database, vault: createVault(randomBytes(32)), authenticators: [] })
  // Waiting is real, the time of the day is not.
  const deps = { database, login, authStates, log: silentLog, clock: { ...clock, sleep: (ms: number) => systemClock.sleep(ms) } }
  const outcome = await login.admit(identity, '192.0.2.1')
  assert.ok(outcome.kind === 'in')
  await createNoteSignIn({ database, clock, authStates }).elsewhere(outcome.userId, school, { identity, authState: { token: 'x' } })
  const hub = () => createAuthFreshness({ ...deps, authenticators: authenticators ?? [school] })
  return { hub, userId: outcome.userId, pass: (ms: number) => clock.move(ms), answer: gate.resolve, asked: () => asked }
}

test('two hubs ask once, and both know: nobody is sent to the sign-in page because the other one was faster', async () => {
  const world = await schoolWorld()
  const [first, second] = [world.hub(), world.hub()]
  world.pass(12 * 3_600_000)
  const one = first(world.userId)
  await until(() => Promise.resolve(world.asked() === 1))
  const other = second(world.userId)
  world.answer()
  assert.deepEqual([await one, await other, world.asked()], [true, true, 1])
})

test('who has signed in at an authenticator that is gone has to sign in again', async () => {
  const world = await schoolWorld([])
  assert.equal(await world.hub()(world.userId), false)
})
