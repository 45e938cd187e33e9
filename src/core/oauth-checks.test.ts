import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkAuthorize, checkExchange, checkTokenForm } from './oauth-checks.ts'
import type { ExchangeFacts, OAuthClient } from './oauth-checks.ts'
import { asksTooMuch, isCovered, narrowScopes, notableScopes, readScopeParameter } from './oauth-scopes.ts'
import type { ClientScopes } from './oauth-scopes.ts'
import { ownerScopes } from './scopes.ts'

const redirectUri = '/user/alice/oauth_callback'
const client: OAuthClient = { id: 'c', redirectUri, hasSecret: true, requiresPkce: false }
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

describe('authorize requests', () => {
  const good = `client_id=c&response_type=code&redirect_uri=${encodeURIComponent(redirectUri)}&state=s`
  const check = (query: string, of: OAuthClient | null = client): string => {
    const problem = checkAuthorize(new URLSearchParams(query), of)
    if (problem === null) return 'fine'
    return problem.kind === 'page' ? 'page' : problem.error
  }
  const vectors: readonly (readonly [query: string, result: string, of?: OAuthClient | null])[] = [
    [good, 'fine'],
    ['client_id=c&response_type=code', 'fine'],
    [`${good}&code_challenge=${challenge}&code_challenge_method=S256`, 'fine'],
    [`${good}&code_challenge=${challenge}`, 'fine'],
    [`${good}&code_challenge=&code_challenge_method=`, 'fine'],
    ['response_type=code', 'page', null],
    ['client_id=&response_type=code', 'page'],
    ['client_id=c&client_id=c&response_type=code', 'page'],
    [good, 'page', null],
    [good, 'page', { ...client, hasSecret: false }],
    [good, 'page', { ...client, redirectUri: '' }],
    [`client_id=c&response_type=code&redirect_uri=`, 'page'],
    [`${good}&redirect_uri=/evil`, 'page'],
    ...['/../x', '?x', '#', '/', '%2F..'].map(
      (tail) => [`client_id=c&response_type=code&redirect_uri=${encodeURIComponent(redirectUri + tail)}`, 'page'] as const,
    ),
    ['client_id=c&response_type=code&redirect_uri=/user/ALICE/oauth_callback', 'page'],
    ['client_id=c&response_type=code&redirect_uri=http://127.0.0.1:8000/user/alice/oauth_callback', 'page'],
    ['client_id=c&response_type=code&redirect_uri=//evil/user/alice/oauth_callback', 'page'],
    ['client_id=c', 'invalid_request'],
    ['client_id=c&response_type=token', 'unsupported_response_type'],
    ['client_id=c&response_type=code&response_type=code', 'invalid_request'],
    [`${good}&state=t`, 'invalid_request'],
    [`${good}&code_challenge=${challenge}&code_challenge_method=S512`, 'invalid_request'],
    [`${good}&code_challenge_method=S256`, 'invalid_request'],
    [`${good}&code_challenge=short&code_challenge_method=S256`, 'invalid_request'],
    [`${good}&code_challenge=${challenge}&code_challenge=${challenge}`, 'invalid_request'],
    [good, 'invalid_request', { ...client, requiresPkce: true }],
    [`${good}&code_challenge=${challenge}&code_challenge_method=S256`, 'fine', { ...client, requiresPkce: true }],
  ]
  for (const [query, result, of] of vectors) it(`${query.slice(0, 110)} → ${result}`, () => assert.equal(check(query, of), result))
})

describe('token requests', () => {
  const form = (text: string): string => checkTokenForm(new URLSearchParams(text))?.error ?? 'fine'
  it('need the grant type, a code, and each parameter once', () => {
    assert.equal(form('grant_type=authorization_code&code=x'), 'fine')
    assert.equal(form('code=x'), 'unsupported_grant_type')
    assert.equal(form('grant_type=password&code=x'), 'unsupported_grant_type')
    assert.equal(form('grant_type=authorization_code'), 'invalid_request')
    assert.equal(form('grant_type=authorization_code&code='), 'invalid_request')
    assert.equal(form('grant_type=authorization_code&code=x&code=y'), 'invalid_request')
  })

  const code = { clientId: 'c', redirectUri, challenge: null, challengeMethod: null, expiresAt: '2026-01-01T00:01:00.000Z' } as const
  const now = Date.parse('2026-01-01T00:00:30.000Z')
  const facts: ExchangeFacts = { client, code, redirectUri, verifier: null, verifierHash: null, now }
  const exchange = (more: Partial<ExchangeFacts>): string => checkExchange({ ...facts, ...more })?.error ?? 'fine'
  const withPkce = { ...code, challenge, challengeMethod: 'S256' } as const
  const plain = { ...code, challenge: verifier, challengeMethod: 'plain' } as const

  it('give a token for a good code, with or without PKCE', () => {
    assert.equal(exchange({}), 'fine')
    assert.equal(exchange({ redirectUri: null }), 'fine')
    assert.equal(exchange({ code: { ...code, redirectUri: null } }), 'fine')
    assert.equal(exchange({ verifier, verifierHash: challenge }), 'fine')
    assert.equal(exchange({ code: withPkce, verifier, verifierHash: challenge }), 'fine')
    assert.equal(exchange({ code: plain, verifier, verifierHash: challenge }), 'fine')
  })
  it('are refused for codes that are unknown, old, or of another client', () => {
    assert.equal(exchange({ code: null }), 'invalid_grant')
    assert.equal(exchange({ now: now + 60_000 }), 'invalid_grant')
    assert.equal(exchange({ code: { ...code, clientId: 'other' } }), 'invalid_grant')
  })
  it('are refused for another redirect URI', () => {
    assert.equal(exchange({ redirectUri: '/evil' }), 'invalid_request')
    assert.equal(exchange({ code: { ...code, redirectUri: null }, redirectUri: '/evil' }), 'invalid_request')
  })
  it('are refused without the right verifier', () => {
    assert.equal(exchange({ code: withPkce }), 'invalid_request')
    assert.equal(exchange({ code: withPkce, verifier: challenge, verifierHash: 'x' }), 'invalid_grant')
    assert.equal(exchange({ code: plain, verifier: 'x', verifierHash: verifier }), 'invalid_grant')
  })
})

describe('scopes of an OAuth grant', () => {
  const access = 'access:servers!server=alice/'
  const scopes: ClientScopes = { allowed: ['read:users!user', 'servers!user', access], access }
  const owner = { kind: 'user', name: 'bob', groups: [] } as const
  const groupsOf = (): readonly string[] => []
  const grantor = (...held: string[]) => ({ owner, held: ownerScopes(owner, [held]), groupsOf })
  const always = ['read:users:name!user', 'read:users:groups!user', access]
  const read = (text: string | null) => readScopeParameter(text, scopes, (role) => (role === 'teacher' ? ['proxy'] : null))?.toSorted()

  it('are all that the client may have, when none is asked for', () => {
    assert.deepEqual(read(null), [...scopes.allowed, ...always.slice(0, 2)].toSorted())
    assert.deepEqual(read(' '), read(null))
  })
  it('are only who the person is, for identify', () => assert.deepEqual(read('identify'), always.toSorted()))
  it('may be named by roles, but not by roles and scopes mixed', () => {
    assert.deepEqual(read('teacher'), [...always, 'proxy'].toSorted())
    assert.equal(read('teacher proxy'), undefined)
    assert.equal(read('nothing'), undefined)
    assert.equal(read('constructor'), undefined)
  })
  it('may not exceed the client, as written or expanded', () => {
    const much = (...asked: string[]) => asksTooMuch(asked, scopes, grantor('self'))
    assert.equal(much('read:users!user'), false)
    assert.equal(much('read:users:activity!user'), false)
    assert.equal(much('start:servers!user=bob'), false)
    assert.equal(much('read:users'), true)
    assert.equal(much('start:servers!user=alice'), true)
    assert.equal(much('tokens!user'), true)
    assert.equal(much('inherit'), true)
    assert.equal(asksTooMuch(['inherit', 'proxy'], { ...scopes, allowed: ['inherit'] }, grantor('self')), false)
  })
  it('are narrowed to what the person has', () => {
    const narrow = (asked: string[], ...held: string[]) =>
      narrowScopes(asked, scopes, grantor(...held)).filter((scope) => !always.includes(scope))
    assert.deepEqual(narrow(['read:users!user', 'servers!user'], 'self'), ['read:users!user', 'servers!user'])
    assert.deepEqual(narrow(['servers!user'], 'read:servers!user'), ['read:servers!user=bob', 'read:users:name!user=bob'])
    assert.deepEqual(narrow(['proxy'], 'self'), [])
    assert.deepEqual(narrow(['inherit'], 'self'), ['inherit'])
  })
  it('need no second question when all of them were granted before', () => {
    const covered = (granted: string[], before: string[]) => isCovered(granted, before, scopes, grantor('self'))
    assert.equal(covered(always, always), true)
    assert.equal(covered([...always, 'read:users:activity!user'], ['read:users!user']), true)
    assert.equal(covered([...always, 'servers!user'], always), false)
    assert.equal(covered(['inherit'], ['self']), false)
    assert.equal(covered(['inherit'], ['inherit']), true)
  })
  it('worth showing are those beyond identity and access', () =>
    assert.deepEqual(notableScopes([...always, 'servers!user'], scopes), ['servers!user']))
})
