import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { dialects, needsDialect } from '../../test/support/databases.ts'
import { peopleWorld, withCode } from '../../test/support/people-world.ts'
import { listAudit } from '../db/audit.ts'
import { directRolesOfUser } from '../db/roles.ts'
import { upsertServer, writeIntent } from '../db/servers.ts'
import { countUsers, createUser, findUser, findUserById } from '../db/users.ts'
import { hubActor } from './actor.ts'

const good = 'moon-rake-79-lamp'
const other = 'lamp-79-rake-moon'

for (const dialect of dialects) {
  suite(`accounts on ${dialect}`, needsDialect(dialect), () => {
    test('the newest set-up link makes the first administrator, once', async () => {
      const { accounts, signIn } = await peopleWorld(dialect)
      const old = (await accounts.newSetUpToken()) ?? ''
      const token = (await accounts.newSetUpToken()) ?? ''
      assert.equal(await accounts.judgeSetUpToken(old), 'wrong')
      await assert.rejects(accounts.setUp({ token: old, userName: 'root1', password: good }), withCode('setup_token_wrong'))
      await assert.rejects(accounts.setUp({ token, userName: 'root1', password: 'password12' }), withCode('password_weak'))
      await assert.rejects(accounts.setUp({ token, userName: '../etc', password: good }), withCode('bad_name'))
      const admin = await accounts.setUp({ token, userName: ' Alice ', password: good })
      assert.deepEqual([admin.name, admin.admin, admin.status], ['alice', true, 'active'])
      await assert.rejects(accounts.setUp({ token, userName: 'mallory', password: good }), withCode('setup_done'))
      assert.equal(await accounts.newSetUpToken(), null)
      const outcome = await signIn('alice', good)
      assert.deepEqual([outcome.kind, outcome.kind === 'in' && outcome.admin], ['in', true])
    })

    test('of two people with the set-up link one becomes administrator', async () => {
      const { accounts, database } = await peopleWorld(dialect)
      const token = (await accounts.newSetUpToken()) ?? ''
      const tries = ['alice', 'bob', 'carol'].map((userName) => accounts.setUp({ token, userName, password: good }))
      const done = await Promise.allSettled(tries)
      assert.equal(done.filter((result) => result.status === 'fulfilled').length, 1)
      assert.equal(await countUsers(database.db), 1)
    })

    test('the configured administrator is made while nobody could sign in, and never again', async () => {
      const { accounts, signIn, database } = await peopleWorld(dialect)
      await createUser(database.db, { name: 'alice', admin: true, now: 0 })
      assert.deepEqual(await accounts.ensureFirstAdmin({ userName: 'Alice', password: 'short' }), { created: true })
      assert.equal((await signIn('alice', 'short')).kind, 'in')
      assert.deepEqual(await accounts.ensureFirstAdmin({ userName: 'bob', password: 'short' }), { created: false })
      assert.equal(await findUser(database.db, 'bob'), null)
    })

    test('who signs up waits for approval, and a taken name gets the same answer', async () => {
      const { accounts, person, signIn, database, actor, allow } = await peopleWorld(dialect)
      const admin = await person('root1', other, { admin: true })
      allow({ adminUsers: ['boss'] })
      const form = { password: good, address: '192.0.2.1' }
      assert.deepEqual(await accounts.signUp({ ...form, userName: 'Bob' }), { kind: 'pending', userName: 'bob' })
      assert.deepEqual(await accounts.signUp({ ...form, userName: 'bob', password: other }), { kind: 'pending', userName: 'bob' })
      assert.deepEqual(await accounts.signUp({ ...form, userName: 'boss' }), { kind: 'pending', userName: 'boss' })
      assert.equal(await findUser(database.db, 'boss'), null)
      const waiting = await signIn('bob', good)
      assert.equal(waiting.kind === 'refused' && waiting.code, 'account_pending')
      assert.equal((await signIn('bob', other)).kind, 'refused')
      const bob = await findUser(database.db, 'bob')
      assert.ok(bob)
      await accounts.approve(bob.id, actor(admin))
      assert.equal((await signIn('bob', good)).kind, 'in')
    })

    test('an open sign-up lets in at once, a closed one says so', async () => {
      const open = await peopleWorld(dialect, { accounts: { openSignup: true } })
      const form = { password: good, address: '192.0.2.1' }
      assert.deepEqual(await open.accounts.signUp({ ...form, userName: 'bob' }), { kind: 'active', userName: 'bob' })
      await assert.rejects(open.accounts.signUp({ ...form, userName: 'bob' }), withCode('user_exists'))
      await assert.rejects(open.accounts.signUp({ ...form, userName: 'b/b' }), withCode('bad_name'))
      const closed = await peopleWorld(dialect, { accounts: { enableSignup: false } })
      await assert.rejects(closed.accounts.signUp({ ...form, userName: 'bob' }), withCode('sign_up_closed'))
    })

    test('an invited person chooses a password, once, with the newest link, in seven days', async () => {
      const { accounts, signIn, clock } = await peopleWorld(dialect)
      const first = await accounts.invite('Carol', hubActor)
      const second = await accounts.invite('carol', hubActor)
      const use = (token: string) => accounts.acceptInvitation({ token, userName: 'ignored', password: good })
      assert.equal(first.user?.name, 'carol')
      assert.equal(await accounts.readInvitation(first.token), null)
      assert.equal((await accounts.readInvitation(second.token))?.userName, 'carol')
      await assert.rejects(use(first.token), withCode('invitation_invalid'))
      await assert.rejects(
        accounts.acceptInvitation({ token: second.token, userName: null, password: 'carolcarol' }),
        withCode('password_weak'),
      )
      assert.equal((await use(second.token)).name, 'carol')
      await assert.rejects(use(second.token), withCode('invitation_invalid'))
      assert.equal((await signIn('carol', good)).kind, 'in')
      const late = await accounts.invite('dave', hubActor)
      clock.move(7 * 86_400_000 + 1)
      await assert.rejects(use(late.token), withCode('invitation_invalid'))
      assert.deepEqual(await accounts.listInvitations(), [])
    })

    test('a link without a name lets its holder choose one that is free', async () => {
      const { accounts, person, allow } = await peopleWorld(dialect)
      await person('alice', other)
      allow({ adminUsers: ['boss'] })
      const { token } = await accounts.invite(null, hubActor)
      const use = (userName: string | null) => accounts.acceptInvitation({ token, userName, password: good })
      await assert.rejects(use('alice'), withCode('user_exists'))
      await assert.rejects(use('boss'), withCode('user_exists'))
      await assert.rejects(use(null), withCode('bad_name'))
      assert.equal((await use('Erin')).name, 'erin')
      await assert.rejects(use('frank'), withCode('invitation_invalid'))
    })

    test('a link that was taken back does nothing', async () => {
      const { accounts } = await peopleWorld(dialect)
      const { token } = await accounts.invite('carol', hubActor)
      const [open] = await accounts.listInvitations()
      assert.equal(open?.userName, 'carol')
      await accounts.revokeInvitation(open?.id ?? 0, hubActor)
      assert.equal(await accounts.readInvitation(token), null)
      await assert.rejects(accounts.revokeInvitation(open?.id ?? 0, hubActor), withCode('invitation_invalid'))
    })

    test('a changed password ends the other sessions and needs the old one', async () => {
      const { accounts, person, sessions, signIn } = await peopleWorld(dialect)
      const alice = await person('alice', good)
      const here = await sessions.open({ userId: alice.id, address: '192.0.2.1', userAgent: 'x' })
      const there = await sessions.open({ userId: alice.id, address: '192.0.2.2', userAgent: 'y' })
      const form = { userId: alice.id, loginId: here.loginId, address: '192.0.2.1', newPassword: other }
      await assert.rejects(accounts.changePassword({ ...form, oldPassword: 'wrong' }), withCode('sign_in_failed'))
      await assert.rejects(accounts.changePassword({ ...form, oldPassword: good, newPassword: 'short' }), withCode('password_weak'))
      await accounts.changePassword({ ...form, oldPassword: good })
      assert.ok(await sessions.find(here.cookieValue))
      assert.equal(await sessions.find(there.cookieValue), null)
      assert.equal((await signIn('alice', good)).kind, 'refused')
      assert.equal((await signIn('alice', other)).kind, 'in')
    })

    test('guessing the old password is limited like signing in', async () => {
      const limits = { windowMs: 60_000, perPair: 2, perName: 50, perAddress: 50, maxWaiting: 10 }
      const { accounts, person, signIn } = await peopleWorld(dialect, { limits })
      const alice = await person('alice', good)
      const form = { userId: alice.id, loginId: null, address: '192.0.2.1', newPassword: other, oldPassword: 'wrong' }
      for (let round = 0; round < 2; round += 1) await assert.rejects(accounts.changePassword(form), withCode('sign_in_failed'))
      await assert.rejects(accounts.changePassword({ ...form, oldPassword: good }), withCode('rate_limited'))
      const outcome = await signIn('alice', good)
      assert.equal(outcome.kind === 'refused' && outcome.code, 'rate_limited')
    })

    test('somebody always stays an administrator', async () => {
      const { accounts, person, actor, database } = await peopleWorld(dialect)
      const [alice, bob] = [await person('alice', good, { admin: true }), await person('bob', good, { admin: true })]
      const both = await Promise.allSettled([
        accounts.setAdmin(alice.id, false, actor(bob)),
        accounts.setAdmin(bob.id, false, actor(alice)),
      ])
      assert.equal(both.filter((result) => result.status === 'fulfilled').length, 1)
      assert.equal(await countUsers(database.db, 'active_admins'), 1)
      const last = (await findUserById(database.db, alice.id))?.admin === true ? alice : bob
      await assert.rejects(accounts.block(last.id, hubActor), withCode('forbidden'))
      await assert.rejects(accounts.remove(last.id, hubActor), withCode('forbidden'))
      assert.equal((await findUserById(database.db, last.id))?.status, 'active')
    })

    test('administrators are touched and made by administrators only', async () => {
      const { accounts, person, actor } = await peopleWorld(dialect)
      const [alice, bob] = [await person('alice', good, { admin: true }), await person('bob', good)]
      const by = actor(bob)
      for (const tried of [
        () => accounts.setAdmin(bob.id, true, by),
        () => accounts.setPassword(alice.id, other, by),
        () => accounts.block(alice.id, by),
        () => accounts.remove(alice.id, by),
        () => accounts.invite('alice', by),
        () => accounts.edit(alice.id, { name: 'al' }, by),
        () => accounts.create(['carol'], true, by),
      ])
        await assert.rejects(tried(), withCode('admin_only'))
    })

    test('the flag and the role of an administrator go together', async () => {
      const { accounts, person, database } = await peopleWorld(dialect)
      await person('root1', good, { admin: true })
      const bob = await person('bob', good)
      const roles = async (): Promise<string[]> => (await directRolesOfUser(database.db, bob.id)).map((role) => role.name)
      assert.deepEqual(await roles(), ['user'])
      await accounts.setAdmin(bob.id, true, hubActor)
      assert.deepEqual(await roles(), ['admin', 'user'])
      await accounts.setAdmin(bob.id, false, hubActor)
      assert.deepEqual(await roles(), ['user'])
    })

    test('a blocked account is out at once and back after approval', async () => {
      const { accounts, person, sessions, signIn } = await peopleWorld(dialect)
      const [alice, bob] = [await person('alice', good, { admin: true }), await person('bob', good)]
      const session = await sessions.open({ userId: bob.id, address: '192.0.2.1', userAgent: 'x' })
      await accounts.block(bob.id, hubActor)
      assert.equal(await sessions.find(session.cookieValue), null)
      const outcome = await signIn('bob', good)
      assert.equal(outcome.kind === 'refused' && outcome.code, 'account_blocked')
      await accounts.approve(bob.id, hubActor)
      assert.equal((await signIn('bob', good)).kind, 'in')
      const self = { label: 'user alice', admin: true, userId: alice.id }
      await assert.rejects(accounts.block(alice.id, self), withCode('forbidden'))
    })

    test('an account is not removed by itself, nor while a server is active', async () => {
      const { accounts, person, actor, database } = await peopleWorld(dialect)
      const [alice, bob] = [await person('alice', good, { admin: true }), await person('bob', good)]
      await assert.rejects(accounts.remove(alice.id, actor(alice)), withCode('user_delete_self'))
      const server = await upsertServer(database.db, { userId: bob.id, name: '', now: 0 })
      const since = '2026-01-01T00:00:00.000Z'
      await writeIntent(database.db, server.id, { desired: 'running', state: { kind: 'starting', phase: 'queued', since } })
      await assert.rejects(accounts.remove(bob.id, actor(alice)), withCode('user_servers_active'))
      await assert.rejects(accounts.edit(bob.id, { name: 'rob' }, actor(alice)), withCode('user_servers_active'))
      await writeIntent(database.db, server.id, { desired: 'stopped', state: { kind: 'stopped' } })
      await accounts.remove(bob.id, actor(alice))
      await assert.rejects(accounts.remove(bob.id, actor(alice)), withCode('user_not_found'))
      assert.equal(await findUser(database.db, 'bob'), null)
    })

    test('several accounts are made together: all names good, or none; known ones are left out', async () => {
      const { accounts, database } = await peopleWorld(dialect)
      await assert.rejects(accounts.create(['bob', '..', 'a/b'], false, hubActor), withCode('bad_name'))
      assert.equal(await countUsers(database.db), 0)
      const made = await accounts.create(['Carol', 'bob', 'carol'], false, hubActor)
      assert.deepEqual(
        made.map((user) => user.name),
        ['carol', 'bob'],
      )
      assert.deepEqual((await accounts.create(['bob', 'dave'], false, hubActor)).length, 1)
      await assert.rejects(accounts.create(['bob', 'dave'], false, hubActor), withCode('user_exists'))
    })

    test('a new name is checked like any other and keeps the account', async () => {
      const { accounts, person, signIn } = await peopleWorld(dialect)
      const [alice] = [await person('alice', good), await person('bob', good)]
      await assert.rejects(accounts.edit(alice.id, { name: 'bob' }, hubActor), withCode('bad_request'))
      await assert.rejects(accounts.edit(alice.id, { name: 'a/b' }, hubActor), withCode('bad_name'))
      assert.equal((await accounts.edit(alice.id, { name: 'Alina' }, hubActor)).name, 'alina')
      const outcome = await signIn('alina', good)
      assert.equal(outcome.kind === 'in' && outcome.userId, alice.id)
      assert.equal((await signIn('alice', good)).kind, 'refused')
    })

    test('every deed stands in the audit log, without secrets', async () => {
      const { accounts, person, signIn, database } = await peopleWorld(dialect)
      const bob = await person('bob', good)
      await signIn('bob', good)
      await signIn('bob', 'wrong')
      await accounts.setAdmin(bob.id, true, hubActor)
      const rows = await listAudit(database.db, { limit: 100 })
      assert.deepEqual(rows.map((row) => row.action).toReversed(), [
        'user.create',
        'user.password',
        'login.ok',
        'login.fail',
        'user.make_admin',
      ])
      assert.ok(!JSON.stringify(rows).includes(good) && !JSON.stringify(rows).includes('wrong'))
    })
  })
}
