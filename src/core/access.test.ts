import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { accessRows, rowFor } from '../../test/support/access-matrix.ts'
import type { AccessCase } from '../../test/support/access-matrix.ts'
import { accessRules, isListed, parseListedName } from './access-rules.ts'
import type { AccessSettings } from './access-rules.ts'
import { admittedName, decideAccess } from './access.ts'
import type { AccessIdentity } from './access.ts'

type Who = { readonly byName?: boolean; readonly exists?: boolean }

const identity = (userName: string, more: Partial<AccessIdentity> = {}): AccessIdentity => ({
  authenticator: 'github',
  userName,
  admin: null,
  groups: null,
  vouched: false,
  ...more,
})
const decide = (settings: AccessSettings, who: AccessIdentity, { byName = true, exists = false }: Who = {}) =>
  decideAccess(who, accessRules(settings).rules, { byName, exists })
const kindOf = (settings: AccessSettings, who: AccessIdentity, as: Who = {}): string => {
  const decision = decide(settings, who, as)
  return decision.kind === 'admitted' ? 'in' : decision.reason
}

/** The same case in the words of the rules. */
const settingsOf = ({ allowAll, allowed, blocked, admin, existing }: AccessCase): AccessSettings => ({
  allowAll,
  allowedUsers: allowed ? ['Alice'] : ['somebody'],
  adminUsers: admin ? ['ALICE'] : ['boss'],
  blockedUsers: blocked ? ['aLice'] : ['mallory'],
  allowExistingUsers: existing === 'counts',
})

describe('admission', () => {
  it('keeps every row of the matrix, each of which is meant by exactly one rule', () => {
    const cases = accessRows()
    assert.equal(cases.length, 96)
    for (const one of cases) {
      const row = rowFor(one)
      const got = kindOf(settingsOf(one), identity('alice', { vouched: one.group }), { exists: one.existing !== 'no' })
      assert.equal(got, row.outcome, JSON.stringify({ one, because: row.because }))
    }
  })

  it('makes administrators of those who are listed, whatever the authenticator says, and leaves the flag of others alone', () => {
    const groups = null
    assert.deepEqual(decide({ adminUsers: ['root1'] }, identity('Root1')), { kind: 'admitted', name: 'root1', admin: true, groups })
    assert.deepEqual(decide({ allowAll: true }, identity('alice')), { kind: 'admitted', name: 'alice', admin: null, groups })
    const unmade = identity('alice', { admin: false })
    assert.deepEqual(decide({ allowAll: true }, unmade), { kind: 'admitted', name: 'alice', admin: false, groups })
    assert.deepEqual(decide({ adminUsers: ['alice'] }, unmade), { kind: 'admitted', name: 'alice', admin: true, groups })
  })

  it('lets an administrator of the authenticator in', () => assert.equal(kindOf({}, identity('alice', { admin: true })), 'in'))

  it('checks the name before anything else', () => {
    for (const name of ['', '..', 'a/b', 'mar\u212a', '\uff41lice', 'google:alice'])
      assert.equal(kindOf({ allowAll: true }, identity(name)), 'sign_in_failed')
  })

  it('needs the whole name to match the pattern', () => {
    const rules = { allowAll: true, userNamePattern: 's[0-9]+' }
    assert.equal(kindOf(rules, identity('S123')), 'in')
    assert.equal(kindOf(rules, identity('s123x')), 'sign_in_failed')
    assert.equal(kindOf({ ...rules, userNamePattern: 'a|b' }, identity('ab')), 'sign_in_failed')
  })

  it('maps names of the authenticator after normalising them', () => {
    const { rules } = accessRules({ userNameMap: { 'Ada@Example.org': 'ada' } })
    assert.equal(admittedName('ADA@example.org', rules), 'ada')
    assert.equal(admittedName('constructor', rules), 'constructor')
  })
})

describe('lists of people', () => {
  it('mean people of the authenticator whose names are those of the hub, or of the one that is named', () => {
    const lists = { allowedUsers: ['alice', 'google:Bob@Example.org'] }
    const atGoogle = { authenticator: 'google' }
    assert.equal(kindOf(lists, identity('alice'), { byName: true }), 'in')
    assert.equal(kindOf(lists, identity('alice', atGoogle), { byName: false }), 'forbidden')
    assert.equal(kindOf(lists, identity('bob@example.org', atGoogle), { byName: false }), 'in')
    assert.equal(kindOf(lists, identity('bob@example.org'), { byName: true }), 'forbidden')
    assert.equal(kindOf({ adminUsers: ['google:carol'] }, identity('carol'), { byName: true }), 'forbidden')
  })

  it('block a name wherever it comes from', () => {
    const rules = { blockedUsers: ['Bob'], allowedUsers: ['google:bob'], adminUsers: ['google:bob'], allowAll: true }
    assert.equal(kindOf(rules, identity('bob', { authenticator: 'google' }), { byName: false, exists: true }), 'account_blocked')
  })

  it('are read with blanks, upper case and the authenticator before the name', () => {
    assert.deepEqual(parseListedName(' Alice '), { ok: true, name: 'alice', authenticator: null })
    assert.deepEqual(parseListedName('google: Bob@Example.org'), { ok: true, name: 'google:bob@example.org', authenticator: 'google' })
    assert.equal(parseListedName('google:a:b').ok, false)
    assert.equal(parseListedName('Google:bob').ok, false)
    const names = new Set(['alice', 'google:bob'])
    assert.deepEqual([isListed(names, 'alice'), isListed(names, 'bob'), isListed(names, 'ob')], [true, true, false])
  })

  it('report names that cannot be used, and a pattern that is none', () => {
    const wrong = { allowedUsers: ['ok', 'a/b'], adminUsers: ['..'], blockedUsers: ['google:bob'], userNamePattern: '(' }
    const { problems } = accessRules(wrong)
    assert.equal(problems.length, 4)
    assert.match(problems.join('\n'), /allowedUsers.*a\/b/)
  })
})
