import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { groupsOfUser } from '../../src/db/users.ts'
import { hubActor } from '../../src/hub/actor.ts'
import { openGithubWorld } from '../support/github-world.ts'
import type { GithubWorld } from '../support/github-world.ts'
import { organisationNamed } from '../support/github/world.ts'
import { readJson } from '../support/read-json.ts'

const codeOf = async (world: GithubWorld, person: string): Promise<string | null> => (await world.visitor().signIn(person)).code

test('members of an organisation come in, a team only itself, and nobody else', async () => {
  await using world = await openGithubWorld({ github: { allowedOrganizations: ['ACME'] } })
  assert.deepEqual([await codeOf(world, 'bob'), await codeOf(world, 'mallory')], [null, 'account_not_allowed'])
  await using narrow = await openGithubWorld({ github: { allowedOrganizations: ['other', 'acme:staff'] } })
  assert.deepEqual([await codeOf(narrow, 'alice'), await codeOf(narrow, 'bob')], [null, 'account_not_allowed'])
})

test('a block counts more than an organisation, a list and an administrator', async () => {
  const access = { allowAll: true, blockedUsers: ['Bob'], adminUsers: ['bob'], allowedUsers: ['bob'] }
  await using world = await openGithubWorld({ github: { allowedOrganizations: ['acme'] }, access })
  assert.equal(await codeOf(world, 'bob'), 'account_blocked')
})

test('teams become groups, page after page, and go when the team does', async () => {
  await using world = await openGithubWorld({ github: { groupsFromTeams: ['acme'], allowedOrganizations: ['acme'] } })
  const acme = organisationNamed(world.github.world, 'acme')
  assert.ok(acme !== undefined)
  for (let index = 0; index < 150; index += 1) acme.teams.set(`team-${index}`, new Set([1002]))
  const bob = world.visitor()
  assert.equal((await bob.signIn('bob')).status, 302)
  const { id } = await readMe(bob)
  assert.equal((await groupsOfUser(world.database.db, id)).length, 150)
  acme.teams.clear()
  acme.teams.set('staff', new Set([1002]))
  world.pass(301)
  await readMe(bob)
  assert.deepEqual(await groupsOfUser(world.database.db, id), ['acme:staff'])

  async function readMe(visitor: typeof bob): Promise<{ readonly id: number }> {
    await readJson(await visitor.api('GET', '/user'), z.object({ name: z.literal('bob') }))
    const user = await world.database.db.selectFrom('users').select('id').where('name', '=', 'bob').executeTakeFirstOrThrow()
    return user
  }
})

test('tokens of GitHub are kept sealed, and shown only when asked for, and only to those who may see them', async () => {
  const access = { adminUsers: ['alice'], allowedUsers: ['bob'] }
  const State = z.object({ auth_state: z.object({ access_token: z.string(), github_user: z.object({ id: z.number() }) }).nullish() })
  for (const enableAuthState of [false, true]) {
    await using world = await openGithubWorld({ access, github: { enableAuthState } })
    const [alice, bob] = [world.visitor(), world.visitor()]
    await alice.signIn('alice')
    await bob.signIn('bob')
    const seen = await readJson(await alice.api('GET', '/users/bob'), State)
    assert.equal(seen.auth_state?.github_user.id, enableAuthState ? 1002 : undefined)
    assert.equal((await readJson(await bob.api('GET', '/users/bob'), State)).auth_state ?? null, null)
    const rows = await world.database.db.selectFrom('users').select('auth_state').execute()
    assert.ok(rows.every(({ auth_state }) => auth_state !== null && !auth_state.includes('gho_')))
  }
})

test('an account that an administrator has made waits for the one whom the list names', async () => {
  await using world = await openGithubWorld({ access: { allowedUsers: ['bob'] } })
  await world.hub.accounts.create(['bob'], false, hubActor)
  const bob = world.visitor()
  assert.equal((await bob.signIn('bob')).status, 302)
  assert.equal((await readJson(await bob.api('GET', '/user'), z.object({ name: z.string() }))).name, 'bob')
})
