import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { builtinRoles, isRoleName, serverTokenScopes } from './roles.ts'
import { createCatalogue } from './scope-table.ts'
import { formatScopes, namedUsers } from './scope-set.ts'
import { scopeTable } from './scope-table.ts'
import { isKnownScope } from './scope-text.ts'
import { allows, exceeding, filtersOf, holds, ownerScopes, tokenScopes, withIdentity } from './scopes.ts'
import type { ScopeOwner } from './scopes.ts'

const noGroups = (): readonly string[] => []
const user = (name: string, groups: readonly string[] = []): ScopeOwner => ({ kind: 'user', name, groups })
const ofUser = (name: string, ...scopes: string[]) => ownerScopes(user(name), [scopes])

describe('the scope table', () => {
  it('has 48 built-in names, and only names subscopes that it has', () => {
    assert.equal(Object.keys(scopeTable).length, 48)
    for (const row of Object.values(scopeTable)) {
      assert.ok(row.doc.endsWith('.'))
      for (const sub of row.subscopes) assert.ok(sub in scopeTable, sub)
    }
  })

  const known: readonly (readonly [string, boolean])[] = [
    ['users', true],
    ['read:users!user=alice', true],
    ['read:users!user', true],
    ['access:servers!server', true],
    ['access:servers!server=alice/', true],
    ['access:services!service', true],
    ['list:users!group=g', true],
    ['users!user=alice!user=bob', true],
    ['users!user=x=y', true],
    ['self', true],
    ['inherit', true],
    ['(no_scope)', true],
    ['all', false],
    ['', false],
    ['!user=alice', false],
    ['users!group', false],
    ['users!user=', false],
    ['users!server=alice', false],
    ['users!server=/', false],
    ['users!role=x', false],
    ['users!', false],
    ['users!toString', false],
    ['nothing', false],
    ['constructor', false],
    ['__proto__', false],
    ['self!user=bob', false],
    ['custom:area:read', false],
    [`users!user=${'a'.repeat(1_000_000)}`, false],
  ]
  for (const [scope, expected] of known)
    it(`${expected ? 'knows' : 'does not know'} ${JSON.stringify(scope).slice(0, 60)}`, () => assert.equal(isKnownScope(scope), expected))
})

describe('expansion', () => {
  it('gives self exactly the scopes of a user on what is theirs', () => {
    const names = [
      'access:servers',
      'delete:servers',
      'read:servers',
      'read:shares',
      'read:tokens',
      'read:users',
      'read:users:activity',
      'read:users:groups',
    ]
    const rest = ['read:users:name', 'read:users:shares', 'servers', 'start:servers', 'tokens', 'users:activity', 'users:shares']
    assert.deepEqual(
      formatScopes(ofUser('alice', 'self')),
      [...names, ...rest].map((name) => `${name}!user=alice`),
    )
  })
  it('gives self of a service nothing', () => assert.deepEqual(formatScopes(ownerScopes({ kind: 'service', name: 's' }, [['self']])), []))
  it('drops scopes about users from a filter by server', () => {
    assert.deepEqual(formatScopes(ofUser('x', 'read:servers!server=a/b')), ['read:servers!server=a/b'])
  })
  it('lets unfiltered win over filtered', () => {
    assert.deepEqual(formatScopes(ofUser('x', 'tokens!user=a', 'tokens', 'tokens!group=g')), ['read:tokens', 'tokens'])
  })
  it('reads placeholders as the owner, and drops those that stand for nothing', () => {
    assert.deepEqual(formatScopes(ofUser('x', 'read:users:name!user', 'access:servers!server', 'access:services!service')), [
      'read:users:name!user=x',
    ])
    assert.deepEqual(formatScopes(ownerScopes({ kind: 'service', name: 's' }, [['access:services!service', 'tokens!user']])), [
      'access:services!service=s',
    ])
  })
  it('joins the scopes of all roles and extra ones', () => {
    assert.deepEqual(formatScopes(ownerScopes(user('x'), [['proxy'], ['shutdown']], ['read:hub'])), ['proxy', 'read:hub', 'shutdown'])
  })
  it('gives an administrator everything that the role names, and no metascope', () => {
    const all = formatScopes(ownerScopes(user('root1'), [builtinRoles.user.scopes, builtinRoles.admin.scopes]))
    for (const scope of [
      'admin:users',
      'delete:users',
      'list:users',
      'start:servers',
      'read:groups:name',
      'admin-ui',
      'proxy',
      'groups:shares',
    ])
      assert.ok(all.includes(scope), scope)
    for (const scope of ['self', 'inherit', '(no_scope)']) assert.ok(!all.includes(scope), scope)
  })
})

describe('tokens', () => {
  type Vector = { owner: string[]; token: string[]; result: string[]; name?: string; groups?: Record<string, string[]> }
  const vectors: readonly Vector[] = [
    { owner: ['users:activity'], token: ['users:activity'], result: ['read:users:activity', 'users:activity'] },
    { owner: ['read:users:activity'], token: ['read:users:activity!user'], result: ['read:users:activity!user=me'] },
    { owner: ['read:users:activity!user'], token: ['read:users:activity!user=other'], result: [] },
    { owner: ['users!user=x'], token: ['read:users:name'], result: ['read:users:name!user=x'] },
    { owner: ['users!group=y'], token: ['users!user=x'], result: [] },
    { owner: ['read:servers!user=abc'], token: ['read:servers!server=abc/xyz'], result: ['read:servers!server=abc/xyz'] },
    { owner: ['read:servers!user=abc'], token: ['read:servers!server=abcd/xyz'], result: [] },
    { owner: ['read:servers!user=ab'], token: ['read:servers!server=abc/xyz'], result: [] },
    {
      owner: ['read:servers!server=ux/s', 'read:servers!group=gy'],
      token: ['read:servers!server=uy/s', 'read:servers!user=ux'],
      groups: { uy: ['gy'] },
      result: ['read:servers!server=ux/s', 'read:servers!server=uy/s'],
    },
    { owner: ['tokens!user=x'], token: ['tokens'], result: ['read:tokens!user=x', 'tokens!user=x'] },
    { owner: ['proxy'], token: ['shutdown'], result: [] },
    {
      owner: ['list:users!group=g', 'list:users!user=x'],
      token: ['list:users!group=g'],
      result: ['list:users!group=g', 'read:users:name!group=g'],
    },
  ]
  for (const { owner, token, result, groups = {} } of vectors) {
    it(`${token.join(' ')} of an owner with ${owner.join(' ')} is ${result.join(' ') || 'nothing'}`, () => {
      const groupsOf = (name: string): readonly string[] => groups[name] ?? []
      const effective = tokenScopes({ stored: token, owner: user('me'), held: ofUser('me', ...owner), groupsOf })
      const identity = ['read:users:name!user=me', 'read:users:groups!user=me']
      assert.deepEqual(
        formatScopes(effective).filter((scope) => !identity.includes(scope)),
        result,
      )
    })
  }

  it('users of a group stay within it', () => {
    const groupsOf = (name: string): readonly string[] => (name === 'x' ? ['G'] : [])
    const effective = tokenScopes({ stored: ['users!user=x'], owner: user('me'), held: ofUser('me', 'users!group=G'), groupsOf })
    assert.equal(holds(effective, 'users'), 'some')
    assert.ok(formatScopes(effective).every((scope) => scope.endsWith('!user=x')))
  })

  it('inherit is exactly what the owner has', () => {
    const held = ofUser('me', 'self', 'read:hub')
    assert.deepEqual(formatScopes(tokenScopes({ stored: ['inherit'], owner: user('me'), held, groupsOf: noGroups })), formatScopes(held))
  })

  it('an empty token of an ordinary user tells only who they are', () => {
    const held = ofUser('me', 'self')
    const effective = tokenScopes({ stored: [], owner: user('me'), held, groupsOf: noGroups })
    assert.deepEqual(formatScopes(effective), ['read:users:groups!user=me', 'read:users:name!user=me'])
  })

  it('an empty token of somebody without a role has nothing, except where identity is added', () => {
    const effective = tokenScopes({ stored: [], owner: user('me'), held: ofUser('me'), groupsOf: noGroups })
    assert.deepEqual(formatScopes(effective), [])
    assert.equal(allows(withIdentity(effective, user('me')), 'read:users:name', { kind: 'user', name: 'me', groups: [] }), true)
  })

  it('of an OAuth client has access to the client, as far as the owner has', () => {
    const accessScope = 'access:servers!server=alice/'
    const grant = (...scopes: string[]) =>
      formatScopes(tokenScopes({ stored: [], owner: user('alice'), held: ofUser('alice', ...scopes), accessScope, groupsOf: noGroups }))
    assert.deepEqual(grant('self'), [accessScope, 'read:users:groups!user=alice', 'read:users:name!user=alice'])
    assert.ok(!grant('read:users!user').includes(accessScope))
  })

  it('of an OAuth client reach a server by a group of its owner', () => {
    const held = ofUser('bob', 'self', 'access:servers!group=class')
    const groupsOf = (name: string): readonly string[] => (name === 'alice' ? ['class'] : [])
    const effective = tokenScopes({ stored: [], owner: user('bob'), held, accessScope: 'access:servers!server=alice/lab', groupsOf })
    assert.ok(formatScopes(effective).includes('access:servers!server=alice/lab'))
  })

  it('resolve !server and !service by the client that obtained them', () => {
    const held = ofUser('me', 'read:servers', 'access:services')
    const at = (accessScope: string, stored: string) =>
      formatScopes(tokenScopes({ stored: [stored], owner: user('me'), held, accessScope, groupsOf: noGroups }))
    assert.ok(at('access:servers!server=me/lab', 'read:servers!server').includes('read:servers!server=me/lab'))
    assert.ok(at('access:services!service=s', 'access:services!service').includes('access:services!service=s'))
  })

  it('of a server hold what role server says', () => {
    assert.deepEqual(serverTokenScopes('alice', ''), ['users:activity!user', 'access:servers!server=alice/'])
    assert.deepEqual(serverTokenScopes('alice', 'lab', ['read:users!user']), ['read:users!user', 'users:activity!user'])
    const effective = tokenScopes({
      stored: serverTokenScopes('alice', ''),
      owner: user('alice'),
      held: ofUser('alice', 'self'),
      groupsOf: noGroups,
    })
    assert.deepEqual(formatScopes(effective), [
      'access:servers!server=alice/',
      'read:users:activity!user=alice',
      'read:users:groups!user=alice',
      'read:users:name!user=alice',
      'users:activity!user=alice',
    ])
  })
})

describe('questions', () => {
  const set = ofUser(
    'me',
    'read:users!group=g',
    'servers!user=bob',
    'access:servers!server=ann/lab',
    'proxy',
    'read:groups!group=g',
    'read:services!service=s',
  )
  it('are answered for users, servers, groups and services', () => {
    assert.equal(allows(set, 'read:users', { kind: 'user', name: 'x', groups: ['g'] }), true)
    assert.equal(allows(set, 'read:users', { kind: 'user', name: 'x', groups: ['h'] }), false)
    assert.equal(allows(set, 'start:servers', { kind: 'server', user: 'bob', server: 'lab', groups: [] }), true)
    assert.equal(allows(set, 'start:servers', { kind: 'server', user: 'bo', server: 'b/lab', groups: [] }), false)
    assert.equal(allows(set, 'access:servers', { kind: 'server', user: 'ann', server: 'lab', groups: [] }), true)
    assert.equal(allows(set, 'access:servers', { kind: 'server', user: 'ann', server: '', groups: [] }), false)
    assert.equal(allows(set, 'access:servers', { kind: 'user', name: 'ann', groups: [] }), false)
    assert.equal(allows(set, 'read:groups', { kind: 'group', name: 'g' }), true)
    assert.equal(allows(set, 'read:services', { kind: 'service', name: 't' }), false)
    assert.equal(allows(set, 'proxy'), true)
    assert.equal(allows(set, 'read:users'), false)
  })
  it('tell how a scope is held', () => {
    assert.deepEqual([holds(set, 'proxy'), holds(set, 'servers'), holds(set, 'shutdown')], ['all', 'some', 'none'])
    assert.equal(filtersOf(set, 'proxy'), 'all')
    assert.deepEqual(filtersOf(set, 'servers'), { users: ['bob'], groups: [], servers: [], services: [] })
    assert.deepEqual(filtersOf(set, 'constructor'), { users: [], groups: [], servers: [], services: [] })
  })
  it('name the users whose groups matter', () => assert.deepEqual(namedUsers(set).toSorted(), ['ann', 'bob']))
  it('list what exceeds', () => {
    assert.deepEqual(exceeding(ofUser('me', 'tokens!user=me'), ofUser('me', 'self'), noGroups), [])
    assert.deepEqual(exceeding(ofUser('me', 'read:tokens', 'proxy'), ofUser('me', 'self'), noGroups), ['read:tokens', 'proxy'])
    assert.deepEqual(
      exceeding(ofUser('me', 'read:users:name!user=x'), ofUser('me', 'read:users!group=g'), (name) => (name === 'x' ? ['g'] : [])),
      [],
    )
  })
})

describe('names that look like filters', () => {
  it('are data: they never reach what they spell', () => {
    const name = 'alice!user=bob'
    const set = ownerScopes(user(name), [['self']])
    assert.equal(allows(set, 'read:users', { kind: 'user', name: 'bob', groups: [] }), false)
    assert.equal(allows(set, 'read:users', { kind: 'user', name: 'alice', groups: [] }), false)
    assert.equal(allows(set, 'read:users', { kind: 'user', name, groups: [] }), true)
    assert.ok(formatScopes(set).every((scope) => isKnownScope(scope)))
    assert.deepEqual(formatScopes(ownerScopes(user('other'), [formatScopes(set)])), formatScopes(set))
  })
})

describe('custom scopes', () => {
  const { catalogue, problems } = createCatalogue([
    { name: 'custom:jobs:read', description: 'read' },
    { name: 'custom:jobs:all', description: 'all', subscopes: ['custom:jobs:read'] },
  ])
  it('expand and filter like any other', () => {
    assert.deepEqual(problems, [])
    const set = ownerScopes(user('x'), [['custom:jobs:all!user']], [], catalogue)
    assert.deepEqual(formatScopes(set), ['custom:jobs:all!user=x', 'custom:jobs:read!user=x'])
    assert.equal(isKnownScope('custom:jobs:read!group=g', catalogue), true)
  })
  it('are refused with a reason when they are no good', () => {
    const wrong = [
      { name: 'proxy', description: 'x' },
      { name: 'custom:X', description: 'x' },
      { name: 'custom:a:b', description: '' },
      { name: 'custom:a:c', description: 'x', subscopes: ['proxy'] },
      { name: 'custom:a:c', description: 'y' },
    ]
    assert.equal(createCatalogue(wrong).problems.length, 5)
    assert.equal(isKnownScope('custom:a:b', createCatalogue(wrong).catalogue), false)
  })
  it('may contain each other without an endless loop', () => {
    const loop = createCatalogue([
      { name: 'custom:a:a', description: 'x', subscopes: ['custom:b:b'] },
      { name: 'custom:b:b', description: 'x', subscopes: ['custom:a:a'] },
    ])
    assert.deepEqual(loop.catalogue.family('custom:a:a'), ['custom:a:a', 'custom:b:b'])
  })
})

describe('role names', () => {
  for (const name of ['abc', 'my-role', 'a1~', 'culler'])
    it(`${name} is ${name === 'a1~' ? 'refused' : 'accepted'}`, () => assert.equal(isRoleName(name), name !== 'a1~'))
  for (const name of ['ab', 'Abc', '1bc', 'a b', 'a'.repeat(256)])
    it(`${name.slice(0, 10)} is refused`, () => assert.equal(isRoleName(name), false))
})
