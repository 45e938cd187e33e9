import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SignedIn } from '../../src/auth/authenticator.ts'
import { createOidc } from '../../src/auth/oidc.ts'
import { HubError } from '../../src/core/errors.ts'
import { countUsers } from '../../src/db/users.ts'
import { hubActor } from '../../src/hub/actor.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { accessRows, rowFor } from '../support/access-matrix.ts'
import { startHostileProvider } from '../support/hostile-provider.ts'
import { oidcEntry } from '../support/oidc-entry.ts'
import { peopleWorld } from '../support/people-world.ts'

const callbackUrl = 'http://127.0.0.1:8000/hub/oauth_callback'
const state = 'the-state-of-this-sign-in-0123456789'
const { signal } = new AbortController()

/** What somebody has to be whatever else lets them in, and how they are not. */
const restrictions = {
  'a required domain': { code: 'domain_not_allowed', fault: { email: 'x@other.example' } },
  'a confirmed address': { code: 'email_unverified', fault: { email_verified: false } },
} as const

for (const [restriction, { code, fault }] of Object.entries(restrictions))
  test(`${restriction} is asked of everybody: allow_all, lists, groups, administrators, those who have an account (§9.1, A16, A17)`, async () => {
    const claims: Record<string, unknown> = {}
    await using provider = await startHostileProvider({ claims })
    const world = await peopleWorld('sqlite', { authenticators: [], elsewhere: ['oidc'] })
    const entry = oidcEntry(provider, { requiredDomains: ['school.example'], allowedGroups: ['team'], adminGroups: ['bosses'] })
    const oidc = createOidc(entry, { clock: systemClock })

    const signIn = async (): Promise<SignedIn> => {
      const { url, pending } = await oidc.begin({ callbackUrl, state, signal })
      return oidc.finish({ url: provider.approve(url), callbackUrl, state, pending, signal })
    }

    for (const [index, one] of accessRows().entries()) {
      const name = `user${index}`
      const { outcome, because } = rowFor(one)
      const note = JSON.stringify({ one, because })
      if (one.existing !== 'no') await world.accounts.create([name], false, hubActor)
      world.allow({
        allowAll: one.allowAll,
        allowedUsers: one.allowed ? [name] : [],
        adminUsers: one.admin ? [name] : [],
        blockedUsers: one.blocked ? [name] : [],
        allowExistingUsers: one.existing === 'counts',
      })
      const honest = {
        sub: name,
        preferred_username: name,
        email: `${name}@school.example`,
        email_verified: true,
        groups: one.group ? ['team'] : [],
      }
      const before = await countUsers(world.database.db)
      Object.assign(claims, honest, fault)
      await assert.rejects(signIn(), (error) => error instanceof HubError && error.code === code, note)
      assert.equal(await countUsers(world.database.db), before, note)
      Object.assign(claims, honest)
      const { identity } = await signIn()
      const got = await world.login.admit(identity, '192.0.2.1')
      assert.equal(got.kind === 'in' ? 'in' : got.code, outcome, note)
    }
  })
