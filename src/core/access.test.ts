import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accessRules, admittedName, decideAccess } from './access.ts'
import type { AccessIdentity, AccessSettings } from './access.ts'

const nobody = (_name: string): boolean => false
const identity = (userName: string, more: Partial<AccessIdentity> = {}): AccessIdentity => ({
  userName,
  admin: null,
  groups: null,
  ...more,
})
const decide = (settings: AccessSettings, who: AccessIdentity, exists = nobody) => decideAccess(who, accessRules(settings).rules, exists)
const kindOf = (settings: AccessSettings, who: AccessIdentity, exists = nobody): string => {
  const decision = decide(settings, who, exists)
  return decision.kind === 'admitted' ? 'admitted' : decision.reason
}

describe('admission', () => {
  it('lets nobody in when nothing is configured', () => assert.equal(kindOf({}, identity('alice')), 'forbidden'))
  it('lets everybody in who is known, when told so', () => assert.equal(kindOf({ allowAll: true }, identity('alice')), 'admitted'))
  it('joins the rules that allow', () => {
    const rules = { allowedUsers: ['alice'], allowedGroups: ['team'] }
    assert.equal(kindOf(rules, identity('Alice')), 'admitted')
    assert.equal(kindOf(rules, identity('bob', { groups: ['team'] })), 'admitted')
    assert.equal(kindOf(rules, identity('bob', { groups: ['other'] })), 'forbidden')
  })
  it('lets a block win over everything that allows', () => {
    const blocked = { blockedUsers: ['Bob'], allowAll: true, allowedUsers: ['bob'], adminUsers: ['bob'], allowExistingUsers: true }
    assert.equal(
      kindOf(blocked, identity('BOB', { admin: true }), () => true),
      'account_blocked',
    )
  })
  it('lets those in who have an account, when some are named or when told so', () => {
    const exists = (name: string): boolean => name === 'carol'
    assert.equal(kindOf({ allowedUsers: ['alice'] }, identity('carol'), exists), 'admitted')
    assert.equal(kindOf({ allowedUsers: ['alice'], allowExistingUsers: false }, identity('carol'), exists), 'forbidden')
    assert.equal(kindOf({ allowExistingUsers: true }, identity('carol'), exists), 'admitted')
    assert.equal(kindOf({}, identity('carol'), exists), 'forbidden')
  })
  it('lets administrators in and leaves the flag of others alone', () => {
    assert.deepEqual(decide({ adminUsers: ['root1'] }, identity('Root1')), { kind: 'admitted', name: 'root1', admin: true, groups: null })
    assert.deepEqual(decide({ allowAll: true }, identity('alice')), { kind: 'admitted', name: 'alice', admin: null, groups: null })
    assert.deepEqual(decide({ allowAll: true, adminUsers: ['alice'] }, identity('alice', { admin: false })), {
      kind: 'admitted',
      name: 'alice',
      admin: false,
      groups: null,
    })
  })
  it('checks the name before anything else', () => {
    for (const name of ['', '..', 'a/b', 'mar\u212a', '\uff41lice'])
      assert.equal(kindOf({ allowAll: true }, identity(name)), 'sign_in_failed')
  })
  it('needs the whole name to match the pattern', () => {
    const rules = { allowAll: true, userNamePattern: 's[0-9]+' }
    assert.equal(kindOf(rules, identity('S123')), 'admitted')
    assert.equal(kindOf(rules, identity('s123x')), 'sign_in_failed')
    assert.equal(kindOf({ ...rules, userNamePattern: 'a|b' }, identity('ab')), 'sign_in_failed')
  })
  it('maps names of the authenticator after normalising them', () => {
    const { rules } = accessRules({ userNameMap: { 'Ada@Example.org': 'ada' } })
    assert.equal(admittedName('ADA@example.org', rules), 'ada')
    assert.equal(admittedName('constructor', rules), 'constructor')
  })
  it('reports configured names that cannot be used, and a pattern that is none', () => {
    const { problems } = accessRules({ allowedUsers: ['ok', 'a/b'], adminUsers: ['..'], blockedUsers: [''], userNamePattern: '(' })
    assert.equal(problems.length, 4)
    assert.match(problems.join('\n'), /allowedUsers.*a\/b/)
  })
})
