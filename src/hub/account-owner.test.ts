import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Identity } from '../auth/authenticator.ts'
import { accessRows, rowFor } from '../../test/support/access-matrix.ts'
import type { AccessCase } from '../../test/support/access-matrix.ts'
import { dialects, needsDialect } from '../../test/support/databases.ts'
import { peopleWorld } from '../../test/support/people-world.ts'
import type { PeopleWorld } from '../../test/support/people-world.ts'
import type { AccessSettings } from '../core/access-rules.ts'
import { listAudit } from '../db/audit.ts'
import { identitiesOfUser, linkIdentity } from '../db/identities.ts'
import { countUsers, findUser } from '../db/users.ts'
import { hubActor } from './actor.ts'
import type { LoginOutcome } from './login-outcome.ts'

const password = 'moon-rake-79-lamp'
const address = '192.0.2.1'

const who = (authenticator: string, userName: string, more: Partial<Identity> = {}): Identity => ({
  authenticator,
  subject: `${authenticator} ${userName.toLowerCase()}`,
  userName,
  admin: null,
  groups: null,
  ...more,
})

const codeOf = (outcome: LoginOutcome): string => (outcome.kind === 'in' ? 'in' : outcome.code)
const elsewhereOnly = (...elsewhere: string[]): Promise<PeopleWorld> => peopleWorld('sqlite', { authenticators: [], elsewhere })
const come = async (world: PeopleWorld, identity: Identity): Promise<string> => codeOf(await world.login.admit(identity, address))

/** The same case in the words of the configuration; accounts are made by an operator, by name. */
async function stage({ allowAll, allowed, blocked, admin, existing }: AccessCase, name: string, world: PeopleWorld): Promise<void> {
  if (existing !== 'no') await world.accounts.create([name], false, hubActor)
  world.allow({
    allowAll,
    allowedUsers: allowed ? [name.toUpperCase()] : ['somebody'],
    adminUsers: admin ? [name.toUpperCase()] : ['boss'],
    blockedUsers: blocked ? [name.toUpperCase()] : ['mallory'],
    allowExistingUsers: existing === 'counts',
  })
}

suite('the whole matrix of who comes in', () => {
  test('is kept by a sign-in elsewhere, and whoever is refused leaves no account behind', async () => {
    const world = await elsewhereOnly('github')
    for (const [index, one] of accessRows().entries()) {
      const name = `user${index}`
      await stage(one, name, world)
      const before = await countUsers(world.database.db)
      const row = rowFor(one)
      const note = JSON.stringify({ one, because: row.because })
      const outcome = await world.login.admit(who('github', name, { vouched: one.group }), address)
      assert.equal(codeOf(outcome), row.outcome, note)
      const made = outcome.kind === 'in' && one.existing === 'no' ? 1 : 0
      assert.equal(await countUsers(world.database.db), before + made, note)
      if (outcome.kind === 'in') assert.equal(outcome.admin, one.admin, note)
      else assert.deepEqual(await identitiesOfUser(world.database.db, (await findUser(world.database.db, name))?.id ?? 0), [], note)
    }
  })
})

/** What is there of the name `alice`, and what a sign-in under that name gets. Written down by hand. */
type NameRow = {
  readonly there: 'nothing' | 'empty' | 'empty admin' | 'password' | 'own' | 'same authenticator' | 'other authenticator'
  readonly listed: 'no' | 'allowed' | 'admin'
  /** First configured elsewhere, second one, or second one with its id before the name in the list. */
  readonly from: 'first' | 'second' | 'second, by its id'
  readonly native: boolean
  readonly outcome: 'same account' | 'new account' | 'name_taken'
}

const nameRows: readonly NameRow[] = [
  { there: 'nothing', listed: 'no', from: 'first', native: true, outcome: 'new account' },
  { there: 'nothing', listed: 'allowed', from: 'first', native: true, outcome: 'new account' },
  { there: 'nothing', listed: 'no', from: 'second', native: true, outcome: 'new account' },
  // The list means somebody else: whoever has the same name at the second place must not be there first.
  { there: 'nothing', listed: 'allowed', from: 'second', native: true, outcome: 'name_taken' },
  { there: 'nothing', listed: 'admin', from: 'second', native: false, outcome: 'name_taken' },
  { there: 'nothing', listed: 'allowed', from: 'second, by its id', native: true, outcome: 'new account' },
  // Made by an operator and never used.
  { there: 'empty', listed: 'no', from: 'first', native: false, outcome: 'same account' },
  { there: 'empty', listed: 'no', from: 'first', native: true, outcome: 'name_taken' },
  { there: 'empty', listed: 'allowed', from: 'first', native: true, outcome: 'same account' },
  { there: 'empty', listed: 'admin', from: 'first', native: true, outcome: 'same account' },
  { there: 'empty', listed: 'no', from: 'second', native: false, outcome: 'name_taken' },
  { there: 'empty', listed: 'allowed', from: 'second', native: false, outcome: 'name_taken' },
  { there: 'empty', listed: 'allowed', from: 'second, by its id', native: true, outcome: 'same account' },
  { there: 'empty admin', listed: 'allowed', from: 'first', native: true, outcome: 'name_taken' },
  { there: 'empty admin', listed: 'admin', from: 'first', native: true, outcome: 'same account' },
  { there: 'empty admin', listed: 'admin', from: 'second', native: false, outcome: 'name_taken' },
  { there: 'empty admin', listed: 'allowed', from: 'second, by its id', native: false, outcome: 'name_taken' },
  { there: 'empty admin', listed: 'admin', from: 'second, by its id', native: true, outcome: 'same account' },
  // Somebody has a way in: no list gives it away.
  { there: 'password', listed: 'no', from: 'first', native: true, outcome: 'name_taken' },
  { there: 'password', listed: 'admin', from: 'first', native: true, outcome: 'name_taken' },
  { there: 'password', listed: 'admin', from: 'first', native: false, outcome: 'name_taken' },
  { there: 'password', listed: 'admin', from: 'second, by its id', native: true, outcome: 'name_taken' },
  { there: 'same authenticator', listed: 'admin', from: 'first', native: false, outcome: 'name_taken' },
  { there: 'other authenticator', listed: 'admin', from: 'first', native: false, outcome: 'name_taken' },
  { there: 'other authenticator', listed: 'admin', from: 'second, by its id', native: true, outcome: 'name_taken' },
  // Theirs already.
  { there: 'own', listed: 'no', from: 'first', native: true, outcome: 'same account' },
  { there: 'own', listed: 'no', from: 'second', native: false, outcome: 'same account' },
]

async function prepare(world: PeopleWorld, { there, from }: NameRow): Promise<number | null> {
  if (there === 'nothing') return null
  const alice =
    there === 'password'
      ? await world.person('alice', password)
      : (await world.accounts.create(['alice'], there === 'empty admin', hubActor))[0]
  assert.ok(alice)
  const id = from === 'first' ? 'github' : 'google'
  const subjects = { own: `${id} alice`, 'same authenticator': `${id} somebody else`, 'other authenticator': 'keycloak alice' }
  const subject = there === 'own' || there === 'same authenticator' || there === 'other authenticator' ? subjects[there] : null
  const authenticator = there === 'other authenticator' ? 'keycloak' : id
  if (subject !== null) await linkIdentity(world.database.db, { userId: alice.id, authenticator, subject, login: 'alice', now: 0 })
  return alice.id
}

function listsOf({ listed, from }: NameRow): AccessSettings {
  const name = from === 'second, by its id' ? 'google:Alice' : 'Alice'
  return { allowAll: true, allowedUsers: listed === 'allowed' ? [name] : [], adminUsers: listed === 'admin' ? [name] : [] }
}

suite('the account of a name', () => {
  for (const row of nameRows) {
    const { there, listed, from, native, outcome } = row
    const title = `${there} there, ${listed === 'no' ? 'not listed' : `listed as ${listed}`}, from the ${from}${native ? ', with passwords' : ''}: ${outcome}`
    test(title, async () => {
      const world = await peopleWorld('sqlite', { ...(native ? {} : { authenticators: [] }), elsewhere: ['github', 'google', 'keycloak'] })
      const id = await prepare(world, row)
      world.allow(listsOf(row))
      const got = await world.login.admit(who(from === 'first' ? 'github' : 'google', 'Alice'), address)
      if (outcome === 'name_taken') assert.equal(codeOf(got), 'name_taken')
      else assert.ok(got.kind === 'in' && (outcome === 'same account' ? got.userId === id : id === null), codeOf(got))
      if (got.kind === 'in') assert.equal(got.admin, listed === 'admin' || there === 'empty admin')
    })
  }

  for (const dialect of dialects) {
    test(`goes to one of two who ask for it at the same moment (${dialect})`, needsDialect(dialect), async () => {
      const world = await peopleWorld(dialect, { authenticators: [], elsewhere: ['github', 'google'] })
      world.allow({ allowAll: true })
      const both = await Promise.all([come(world, who('github', 'alice')), come(world, who('google', 'alice'))])
      assert.deepEqual(both.toSorted(), ['in', 'name_taken'])
      await world.accounts.create(['bob'], false, hubActor)
      world.allow({ allowAll: true, allowedUsers: ['google:bob', 'bob'] })
      const again = await Promise.all([come(world, who('github', 'bob')), come(world, who('google', 'bob'))])
      assert.deepEqual(again.toSorted(), ['in', 'name_taken'])
    })

    test(`is made once for a person who comes twice at the same moment (${dialect})`, needsDialect(dialect), async () => {
      const world = await peopleWorld(dialect, { authenticators: [], elsewhere: ['github'] })
      world.allow({ allowAll: true })
      const both = await Promise.all([come(world, who('github', 'alice')), come(world, who('github', 'alice'))])
      assert.deepEqual(both, ['in', 'in'])
    })
  }

  test('stays with the person when their name changes elsewhere, and so does a block', async () => {
    const world = await elsewhereOnly('github')
    world.allow({ allowAll: true })
    assert.equal(await come(world, who('github', 'alice')), 'in')
    const renamed = { ...who('github', 'Alice-New'), subject: 'github alice' }
    const outcome = await world.login.admit(renamed, address)
    assert.equal(outcome.kind === 'in' && outcome.userName, 'alice')
    assert.equal(await come(world, { ...who('github', 'alice'), subject: 'github 43' }), 'name_taken')
    world.allow({ allowAll: true, blockedUsers: ['alice'] })
    assert.equal(await come(world, renamed), 'account_blocked')
  })

  test('of one who may come in with a password lets them in by what they linked, unlisted', async () => {
    const world = await peopleWorld('sqlite', { elsewhere: ['github'] })
    const alice = await world.person('alice', password)
    assert.equal(await come(world, who('github', 'alice')), 'forbidden')
    await linkIdentity(world.database.db, { userId: alice.id, authenticator: 'github', subject: 'github a', login: 'a', now: 0 })
    assert.equal(await come(world, { ...who('github', 'a'), subject: 'github a' }), 'in')
  })

  test('that is handed over by its name opens to nobody who holds a link to it', async () => {
    const world = await peopleWorld('sqlite', { elsewhere: ['github'] })
    const invited = await world.accounts.invite('alice', hubActor)
    world.allow({ allowedUsers: ['alice'] })
    assert.ok((await world.accounts.readInvitation(invited.token)) !== null)
    assert.equal(await come(world, who('github', 'Alice')), 'in')
    assert.equal(await world.accounts.readInvitation(invited.token), null)
  })

  test('that is handed over by its name is noted', async () => {
    const world = await elsewhereOnly('github')
    await world.accounts.create(['alice'], false, hubActor)
    world.allow({ allowedUsers: ['alice'] })
    assert.equal(await come(world, who('github', 'Alice')), 'in')
    const [entry] = (await listAudit(world.database.db, { limit: 5, target: 'alice' })).filter(
      ({ action }) => action === 'identity.hand_over',
    )
    assert.deepEqual(entry?.detail, { authenticator: 'github', login: 'Alice' })
  })
})
