import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiBase, githubUserSchema, isBelow, membershipPath, neededScopes, nextPage, rateLimitedUntil, teamGroups } from './github-rules.ts'

test('the API is where GitHub has it, unless somebody says otherwise', () => {
  assert.equal(apiBase('https://github.com/', undefined), 'https://api.github.com')
  assert.equal(apiBase('https://github.example.org', undefined), 'https://github.example.org/api/v3')
  assert.equal(apiBase('https://github.com.example.org', undefined), 'https://github.com.example.org/api/v3')
  assert.equal(apiBase('https://github.example.org', 'https://api.example.org/v3/'), 'https://api.example.org/v3')
})

test('names of organisations, teams and people cannot leave their place in a path', () => {
  assert.equal(membershipPath('acme', 'alice'), '/orgs/acme/members/alice')
  assert.equal(membershipPath('acme:staff', 'alice'), '/orgs/acme/teams/staff/memberships/alice')
  assert.equal(membershipPath('a/../b', 'x?y#z'), '/orgs/a%2F..%2Fb/members/x%3Fy%23z')
})

test('only teams of the organisations asked for become groups, in one spelling', () => {
  const teams = [
    { slug: 'Staff', organization: { login: 'Acme' } },
    { slug: 'staff', organization: { login: 'acme' } },
    { slug: 'all', organization: { login: 'evil' } },
    { slug: 'ops', organization: { login: 'other' } },
    { slug: 'dev', organization: { login: 'other' } },
  ]
  assert.deepEqual(teamGroups(teams, ['ACME', 'other:ops']), ['acme:staff', 'other:ops'])
  assert.deepEqual(teamGroups(teams, []), [])
})

test('no more scopes are asked for than the options need', () => {
  const none = { allowedOrganizations: [], groupsFromTeams: [], requireVerifiedEmail: false, scope: [] }
  assert.deepEqual(neededScopes(none), [])
  assert.deepEqual(neededScopes({ ...none, allowedOrganizations: ['acme'], scope: ['repo', 'read:org'] }), ['read:org', 'repo'])
  assert.deepEqual(neededScopes({ ...none, groupsFromTeams: ['acme'], requireVerifiedEmail: true }), ['read:org', 'user:email'])
})

test('the next page is found in the header, and counts only below the same API', () => {
  const link = '<https://api.github.com/user/teams?page=1>; rel="prev", <https://api.github.com/user/teams?a=1,2&page=3>; rel="next"'
  assert.equal(nextPage(link), 'https://api.github.com/user/teams?a=1,2&page=3')
  for (const none of [null, '', '<https://x.test/>; rel="last"', 'rel="next"']) assert.equal(nextPage(none), null)
  assert.equal(isBelow('https://api.github.com', 'https://api.github.com/user/teams?page=2'), true)
  assert.equal(isBelow('https://ghe.test/api/v3', 'https://ghe.test/api/v3/user'), true)
  for (const other of [
    'http://api.github.com/user',
    'https://api.github.com.evil.test/user',
    'https://a@api.github.com/user',
    'https://api.github.com:444/user',
    '/user',
    '',
  ])
    assert.equal(isBelow('https://api.github.com', other), false, other)
  for (const other of ['https://ghe.test/api/v30/user', 'https://ghe.test/user', 'https://ghe.test/api/v3/../x'])
    assert.equal(isBelow('https://ghe.test/api/v3', other), false, other)
})

test('both kinds of limits are told apart from a plain refusal, with the time at which to try again', () => {
  const now = Date.UTC(2026, 0, 2)
  const limited = (status: number, headers: Record<string, string>, text = '') =>
    rateLimitedUntil({ status, headers: new Headers(headers), text }, now)?.retryAfterSeconds ?? null
  const resetAt = `${now / 1000 + 900}`
  assert.equal(limited(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetAt }), 900)
  assert.equal(limited(429, { 'retry-after': '30', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetAt }), 30)
  assert.equal(limited(403, {}, '{"message":"You have exceeded a secondary rate limit."}'), 60)
  assert.equal(limited(429, {}), 60)
  assert.equal(limited(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${now / 1000 - 5}` }), 1)
  assert.equal(limited(429, { 'retry-after': '999999999' }), 3_600)
  assert.equal(limited(429, { 'retry-after': 'soon' }), 60)
  for (const [status, text] of [
    [403, 'Must have admin rights'],
    [404, 'rate limit'],
    [200, 'rate limit'],
  ] as const)
    assert.equal(limited(status, { 'x-ratelimit-remaining': '7' }, text), null)
})

test('an account is a number and a login; anything else is none', () => {
  assert.deepEqual(githubUserSchema.parse({ id: 7, login: 'Ada-1_x', name: null, more: 1 }), { id: 7, login: 'Ada-1_x', name: null })
  for (const odd of [
    { id: 7 },
    { id: '7', login: 'a' },
    { id: -1, login: 'a' },
    { id: 1.5, login: 'a' },
    { id: 7, login: 'a b' },
    { id: 7, login: '-a' },
    { id: 7, login: 'a'.repeat(101) },
  ])
    assert.equal(githubUserSchema.safeParse(odd).success, false, JSON.stringify(odd).slice(0, 60))
})
