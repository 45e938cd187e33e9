import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { oidcEntry } from '../../test/support/oidc-entry.ts'
import { oidcProblems } from './oidc-checks.ts'
import type { OidcOptions } from './oidc-options.ts'
import { issuerOf, tenantSchema } from './oidc-presets.ts'
import { claimAt, judgeClaims, mergeClaims } from './oidc-rules.ts'
import type { Claims } from './oidc-rules.ts'
import { repeatsAName } from './oidc-token-checks.ts'

const tenant = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490'
const entry = (more: Partial<OidcOptions> = {}): OidcOptions =>
  oidcEntry({ issuer: 'https://sso.example.org', clientId: 'orrery', clientSecret: 'x' }, more)

const ada = {
  iss: 'https://sso.example.org',
  sub: '1',
  preferred_username: 'Ada',
  email: 'ada@school.example',
  email_verified: true,
} as const

/** The identity, or the reason why there is none. */
function judged(options: Partial<OidcOptions>, claims: Claims): unknown {
  const result = judgeClaims(entry(options), claims)
  return result.kind === 'identity' ? result.identity : result.kind === 'odd' ? result.reason : result.kind
}

function nameOf(options: Partial<OidcOptions>, claims: Claims): string {
  const result = judgeClaims(entry(options), claims)
  return result.kind === 'identity' ? result.identity.userName : result.kind
}

/** How a confirmed address is not written (A17). */
const unconfirmed = [
  { email_verified: false },
  { email_verified: undefined },
  { email_verified: 'true' },
  { email_verified: 1 },
  { email_verified: null },
]

suite('claims become a person', () => {
  test('by issuer and subject, with the name as it is', () => {
    assert.deepEqual(judged({}, ada), {
      authenticator: 'oidc',
      subject: 'https://sso.example.org 1',
      userName: 'Ada',
      admin: null,
      groups: null,
      vouched: false,
    })
  })

  test('and an address is a name only when the provider says that it is confirmed (A17)', () => {
    for (const preset of ['google', 'auth0'] as const) {
      assert.equal(nameOf({ preset }, { ...ada, hd: 'school.example' }), 'ada@school.example')
      for (const fault of unconfirmed) assert.equal(nameOf({ preset }, { ...ada, ...fault }), 'email_unverified', JSON.stringify(fault))
    }
    for (const fault of unconfirmed) assert.equal(nameOf({ userNameClaim: 'email' }, { ...ada, ...fault }), 'email_unverified')
  })

  test('of one tenant at Microsoft, known by tenant and object, whatever the address says', () => {
    const azure = { preset: 'azure', tenant } as const
    const claims = { ...ada, tid: tenant, oid: 'o-1', email_verified: undefined }
    assert.deepEqual(judged(azure, claims), {
      authenticator: 'azure',
      subject: `${tenant} o-1`,
      userName: 'Ada',
      admin: null,
      groups: null,
      vouched: false,
    })
    assert.equal(judged(azure, { ...claims, tid: '9188040d-6c67-4c5b-b112-36a304b66dad' }), 'it is about somebody of another tenant')
    assert.equal(judged(azure, { ...claims, tid: undefined }), 'it is about somebody of another tenant')
    assert.equal(judged(azure, { ...claims, oid: undefined }), 'it has no tid and oid')
  })

  test('whose name loses its domain only when that is their domain', () => {
    const google = { preset: 'google', stripDomain: 'school.example' } as const
    assert.equal(nameOf(google, { ...ada, hd: 'school.example' }), 'ada')
    assert.equal(nameOf(google, ada), 'ada@school.example', 'a private account with an address of the school')
    assert.equal(nameOf(google, { ...ada, hd: 'other.example', email: 'ada@other.example' }), 'ada@other.example')
    assert.equal(nameOf({ userNameClaim: 'email', stripDomain: 'school.example' }, ada), 'ada')
    assert.equal(
      nameOf({ preset: 'google', stripDomain: 'school.example' }, { ...ada, email: '@school.example', hd: 'school.example' }),
      '@school.example',
    )
  })
})

suite('a required domain', () => {
  test('is that of the Workspace at Google, never the text of the address (A14)', () => {
    const google = { preset: 'google', requiredDomains: ['school.example'], allowedDomains: ['school.example'] } as const
    assert.equal(nameOf(google, { ...ada, hd: 'School.Example' }), 'ada@school.example')
    for (const hd of [undefined, 'other.example', 'sub.school.example', ['school.example'], ''])
      assert.equal(nameOf(google, { ...ada, hd }), 'domain_not_allowed', JSON.stringify(hd))
  })

  test('is that of the confirmed address elsewhere, and of its end only', () => {
    const rules = { requiredDomains: ['school.example'] }
    assert.equal(nameOf(rules, ada), 'Ada')
    for (const email of [
      'ada@other.example',
      'ada@school.example@other.example',
      'ada@notschool.example',
      'ada@school.example.evil',
      'school.example@x',
    ])
      assert.equal(nameOf(rules, { ...ada, email }), 'domain_not_allowed', email)
    for (const fault of unconfirmed) assert.equal(nameOf(rules, { ...ada, ...fault }), 'email_unverified')
  })
})

suite('groups', () => {
  const rules = { allowedGroups: ['/staff'], adminGroups: ['/admins'] }
  const of = (options: Partial<OidcOptions>, claims: Claims) => {
    const result = judgeClaims(entry(options), { ...ada, ...claims })
    assert.ok(result.kind === 'identity', result.kind)
    const { admin, vouched, groups } = result.identity
    return { admin, vouched, groups }
  }

  test('let in and make administrators, and take that back', () => {
    assert.deepEqual(of(rules, { groups: ['/staff'] }), { admin: false, vouched: true, groups: null })
    assert.deepEqual(of(rules, { groups: ['/admins'] }), { admin: true, vouched: false, groups: null })
    assert.deepEqual(of(rules, {}), { admin: false, vouched: false, groups: null })
    assert.deepEqual(of({}, { groups: ['/staff'] }), { admin: null, vouched: false, groups: null })
  })

  test('that are no texts are none (H14)', () => {
    for (const groups of [{ 0: '/staff' }, [['/staff']], [7], 7, null, [{ name: '/staff' }]])
      assert.deepEqual(of(rules, { groups }), { admin: false, vouched: false, groups: null })
    assert.equal(of({ allowedGroups: ['constructor'], groupsClaim: 'constructor' }, {}).vouched, false)
  })

  test('may lie deeper, or have a name with dots', () => {
    assert.equal(of({ ...rules, groupsClaim: 'realm_access.roles' }, { realm_access: { roles: ['/staff'] } }).vouched, true)
    assert.equal(
      of({ ...rules, groupsClaim: 'https://school.example/groups' }, { 'https://school.example/groups': ['/staff'] }).vouched,
      true,
    )
  })

  test('that Entra leaves out because they are too many are not the same as none', () => {
    const claims = { ...ada, tid: tenant, oid: 'o', _claim_names: { groups: 'src1' }, _claim_sources: {} }
    assert.equal(judged({ preset: 'azure', tenant, adminGroups: ['x'] }, claims), 'it does not name all groups')
    assert.equal(
      judged({ preset: 'azure', tenant, manageGroups: true }, { ...claims, _claim_names: undefined, hasgroups: true }),
      'it does not name all groups',
    )
    assert.equal(typeof judged({ preset: 'azure', tenant }, claims), 'object', 'nobody asked for them')
  })

  test('are kept with colons for slashes, and no two names become one', () => {
    const { groups } = of({ manageGroups: true, groupPrefix: 'kc-' }, { groups: ['/staff/maths', 'staff/maths', 'staff:maths', 'pupils'] })
    assert.deepEqual(groups, ['kc-pupils', 'kc-staff:maths'])
  })
})

suite('claims of several documents', () => {
  test('are one, the first counts most, and nobody else confirms an address', () => {
    const token = { sub: '1', email: 'boss@school.example' }
    const userinfo = { sub: '2', email: 'ada@school.example', email_verified: true, name: 'Ada' }
    assert.deepEqual(mergeClaims(token, userinfo), { sub: '1', email: 'boss@school.example', name: 'Ada' })
    assert.deepEqual(mergeClaims({ sub: '1', email_verified: true }, { email: 'ada@x.example' }), { sub: '1', email: 'ada@x.example' })
    const evil = Object.fromEntries([['__proto__', { admin: true }]])
    assert.equal(claimAt(mergeClaims(evil), 'admin'), undefined)
  })

  test('that name something twice are noticed', () => {
    assert.equal(repeatsAName('{"a":1,"b":{"a":2},"c":["a","a"],"d":"\\"a\\":"}'), false)
    assert.equal(repeatsAName('{"a":1,"b":{"c":[{}]},"a" :2}'), true)
    assert.equal(repeatsAName('{"sub":1,"s\\u0075b":2}'), true)
  })
})

suite('options of a provider', () => {
  const wrong = (more: Partial<OidcOptions>): readonly string[] => oidcProblems(entry(more)).map(({ option }) => option)

  test('that would let in more people than meant are refused', () => {
    assert.deepEqual(wrong({}), [])
    assert.deepEqual(wrong({ preset: 'azure', issuer: undefined }), ['tenant'])
    assert.deepEqual(wrong({ preset: 'azure', issuer: undefined, tenant }), [])
    assert.deepEqual(wrong({ preset: 'azure', issuer: undefined, tenant, userNameClaim: 'email' }), ['userNameClaim'])
    assert.deepEqual(wrong({ preset: 'azure', issuer: undefined, tenant, allowedDomains: ['a.example'] }), ['allowedDomains'])
    assert.deepEqual(wrong({ tenant }), ['tenant'])
    assert.deepEqual(wrong({ issuer: undefined }), ['issuer'])
    assert.deepEqual(wrong({ preset: 'google' }), ['issuer'])
    assert.deepEqual(wrong({ issuer: 'http://sso.example.org' }), ['issuer'])
    assert.deepEqual(wrong({ issuer: 'http://sso.example.org', insecureIssuer: true }), [])
    assert.deepEqual(wrong({ preset: 'gitlab', issuer: undefined }), [])
  })

  test('name one tenant, never all of them', () => {
    for (const text of ['common', 'organizations', 'consumers', 'contoso.onmicrosoft.com', `${tenant}/..`, ''])
      assert.equal(tenantSchema.safeParse(text).success, false, text)
    assert.equal(tenantSchema.parse(tenant.toUpperCase()), tenant)
    assert.equal(issuerOf({ preset: 'azure', tenant }), `https://login.microsoftonline.com/${tenant}/v2.0`)
  })
})
