import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { formatScopes, intersect, union } from './scope-set.ts'
import { scopeTable } from './scope-table.ts'
import { allows, exceeding, ownerScopes, tokenScopes } from './scopes.ts'
import type { ScopeSet } from './scope-set.ts'
import type { Resource } from './scopes.ts'

const users = ['a', 'b', 'a!user=b', 'é'] as const
const groups = ['g', 'h'] as const
const servers = ['', 's'] as const
const membership: Readonly<Record<string, readonly string[]>> = { a: ['g'], b: ['g', 'h'], é: ['h'] }
const groupsOf = (user: string): readonly string[] => membership[user] ?? []

const bases = Object.keys(scopeTable)
const filter = fc.oneof(
  fc.constant(''),
  fc.constantFrom('!user', '!server', '!service'),
  fc.constantFrom(...users).map((user) => `!user=${user}`),
  fc.constantFrom(...groups).map((group) => `!group=${group}`),
  fc.tuple(fc.constantFrom(...users), fc.constantFrom(...servers)).map(([user, server]) => `!server=${user}/${server}`),
  fc.constant('!service=x'),
)
const scope = fc.tuple(fc.constantFrom(...bases), filter).map(([base, suffix]) => `${base}${suffix}`)
const texts = fc.array(scope, { maxLength: 6 })
const owner = fc.constantFrom(...users).map((name) => ({ kind: 'user' as const, name, groups: groupsOf(name) }))
const set = fc.tuple(owner, texts).map(([who, scopes]) => ownerScopes(who, [scopes]))

const resources: readonly (Resource | undefined)[] = [
  undefined,
  ...users.map((name): Resource => ({ kind: 'user', name, groups: groupsOf(name) })),
  ...users.flatMap((user) => servers.map((server): Resource => ({ kind: 'server', user, server, groups: groupsOf(user) }))),
  ...groups.map((name): Resource => ({ kind: 'group', name })),
  { kind: 'service', name: 'x' },
]

const effects = (held: ScopeSet): Set<string> =>
  new Set(bases.flatMap((base) => resources.flatMap((resource, index) => (allows(held, base, resource) ? [`${base} ${index}`] : []))))

describe('the scope algebra', () => {
  it('intersects without regard to the order of the sides', () => {
    fc.assert(
      fc.property(set, set, (a, b) => assert.deepEqual(formatScopes(intersect(a, b, groupsOf)), formatScopes(intersect(b, a, groupsOf)))),
      { numRuns: 500 },
    )
  })

  it('never gives an intersection more than either side', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const both = effects(intersect(a, b, groupsOf))
        assert.ok(both.isSubsetOf(effects(a)) && both.isSubsetOf(effects(b)))
        assert.deepEqual(exceeding(intersect(a, b, groupsOf), a, groupsOf), [])
      }),
      { numRuns: 500 },
    )
  })

  it('keeps in an intersection with oneself everything', () => {
    fc.assert(
      fc.property(set, (a) => assert.deepEqual(formatScopes(intersect(a, a, groupsOf)), formatScopes(a))),
      { numRuns: 300 },
    )
  })

  it('gives a union exactly what one side or the other has', () => {
    fc.assert(
      fc.property(set, set, (a, b) => assert.deepEqual(effects(union(a, b)), effects(a).union(effects(b)))),
      { numRuns: 300 },
    )
  })

  it('expands once: expanding the wire form changes nothing', () => {
    fc.assert(
      fc.property(set, owner, (a, who) => assert.deepEqual(formatScopes(ownerScopes(who, [formatScopes(a)])), formatScopes(a))),
      { numRuns: 500 },
    )
  })

  it('never gives a token more than its owner, nor more than is written on it', () => {
    fc.assert(
      fc.property(owner, texts, texts, (who, held, stored) => {
        const mine = ownerScopes(who, [held])
        const token = tokenScopes({ stored, owner: who, held: mine, groupsOf })
        assert.ok(effects(token).isSubsetOf(effects(mine)))
        if (!stored.includes('inherit'))
          assert.ok(effects(tokenScopes({ stored: [], owner: who, held: mine, groupsOf })).isSubsetOf(effects(token)))
      }),
      { numRuns: 500 },
    )
  })

  it('never loses a permission when a role is added', () => {
    fc.assert(
      fc.property(owner, texts, texts, texts, (who, held, more, stored) => {
        const before = tokenScopes({ stored, owner: who, held: ownerScopes(who, [held]), groupsOf })
        const after = tokenScopes({ stored, owner: who, held: ownerScopes(who, [held, more]), groupsOf })
        assert.ok(effects(before).isSubsetOf(effects(after)))
      }),
      { numRuns: 300 },
    )
  })
})
