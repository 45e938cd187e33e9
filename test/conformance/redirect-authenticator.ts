import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { RedirectAuthenticator, SignedIn } from '../../src/auth/authenticator.ts'
import { HubError } from '../../src/core/errors.ts'
import type { ErrorCode } from '../../src/core/errors.ts'

/** An authenticator under test together with the provider it talks to: a real HTTP server. */
export type ProviderStage = AsyncDisposable & {
  readonly authenticator: RedirectAuthenticator
  /** Registered at the provider. */
  readonly callbackUrl: string
  /** What the browser does at the provider: signs in as that person, allows everything. Where it is sent back to. */
  readonly approve: (url: string, person: 'alice' | 'bob') => Promise<URL>
  /** The same, but it does not allow it. */
  readonly deny: (url: string) => Promise<URL>
  /** From now on what was given to alice counts no more. Missing when the provider has no such thing. */
  readonly revoke?: () => Promise<void>
  /** Ends the provider: from now on nobody answers. */
  readonly goAway: () => Promise<void>
}

const state = 'the-state-of-this-sign-in-0123456789'
const { signal } = new AbortController()

const withCode =
  (...codes: readonly ErrorCode[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof HubError, String(error))
    assert.ok(codes.includes(error.code), `${error.code} instead of ${codes.join(' or ')}`)
    return true
  }

type Begun = Awaited<ReturnType<RedirectAuthenticator['begin']>>

const begin = ({ authenticator, callbackUrl }: ProviderStage): Promise<Begun> => authenticator.begin({ callbackUrl, state, signal })

const finish = ({ authenticator, callbackUrl }: ProviderStage, begun: Begun, url: URL, as = state): Promise<SignedIn> =>
  authenticator.finish({ url, callbackUrl, state: as, pending: begun.pending, signal })

async function signIn(stage: ProviderStage, person: 'alice' | 'bob'): Promise<SignedIn> {
  const begun = await begin(stage)
  return finish(stage, begun, await stage.approve(begun.url, person))
}

/** What every authenticator that sends the browser elsewhere has to keep. `open`: a fresh stage for each promise. */
export function redirectAuthenticatorPromises(name: string, open: () => Promise<ProviderStage>): void {
  suite(`${name} keeps what every redirect authenticator keeps`, () => {
    test('the address carries state, PKCE (S256) and the exact callback, and nothing secret', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const { searchParams } = new URL(begun.url)
      assert.equal(searchParams.get('response_type'), 'code')
      assert.deepEqual(searchParams.getAll('state'), [state])
      assert.deepEqual(searchParams.getAll('redirect_uri'), [stage.callbackUrl])
      assert.equal(searchParams.get('code_challenge_method'), 'S256')
      assert.match(searchParams.get('code_challenge') ?? '', /^[\w-]{43}$/)
      const kept = Object.values(begun.pending)
      assert.ok(
        kept.some((value) => /^[\w.~-]{43,128}$/.test(value)),
        'a verifier is kept',
      )
      assert.ok(JSON.stringify(begun.pending).length < 1024)
      const secrets = kept.filter((value) => value !== searchParams.get('nonce'))
      assert.deepEqual(
        secrets.filter((value) => value.length > 16 && begun.url.includes(value)),
        [],
      )
      const other = await begin(stage)
      assert.notEqual(new URL(other.url).searchParams.get('code_challenge'), searchParams.get('code_challenge'))
    })

    test('the whole way gives the same identity each time, and another one to somebody else', async () => {
      await using stage = await open()
      const { identity } = await signIn(stage, 'alice')
      assert.equal(identity.authenticator, stage.authenticator.id)
      assert.match(stage.authenticator.id, /^[a-z0-9]+(?:-[a-z0-9]+)*$/)
      assert.ok(identity.subject !== '' && identity.userName !== '')
      assert.deepEqual((await signIn(stage, 'alice')).identity, identity)
      assert.notEqual((await signIn(stage, 'bob')).identity.subject, identity.subject)
    })

    test('what is kept survives JSON', async () => {
      await using stage = await open()
      const { authState } = await signIn(stage, 'alice')
      assert.deepEqual(JSON.parse(JSON.stringify(authState)), authState)
    })

    test('another state, none, or two of them are refused before anything is asked', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const url = await stage.approve(begun.url, 'alice')
      const twice = new URL(url)
      twice.searchParams.append('state', state)
      const none = new URL(url)
      none.searchParams.delete('state')
      await assert.rejects(finish(stage, begun, url, 'the-state-of-another-sign-in-0123456'), withCode('login_foreign'))
      for (const wrong of [twice, none]) await assert.rejects(finish(stage, begun, wrong), withCode('login_foreign'))
      assert.ok(await finish(stage, begun, url), 'the code was not spent')
    })

    test('a code counts once', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const url = await stage.approve(begun.url, 'alice')
      await finish(stage, begun, url)
      await assert.rejects(finish(stage, begun, url), withCode('login_expired', 'login_refused'))
    })

    test('a code is good only with the verifier of its own beginning', async () => {
      await using stage = await open()
      const [mine, foreign] = [await begin(stage), await begin(stage)]
      const url = await stage.approve(mine.url, 'alice')
      await assert.rejects(finish(stage, foreign, url), withCode('login_expired', 'login_refused'))
    })

    test('a code is good only for the callback that it was asked for', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const url = await stage.approve(begun.url, 'alice')
      const callbackUrl = `${stage.callbackUrl}/elsewhere`
      const { authenticator } = stage
      await assert.rejects(
        authenticator.finish({ url, callbackUrl, state, pending: begun.pending, signal }),
        withCode('provider_callback_wrong', 'login_expired', 'login_refused'),
      )
    })

    test('a callback without a code, or with two, is refused', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const none = new URL(`${stage.callbackUrl}?state=${state}`)
      const twice = new URL(`${stage.callbackUrl}?state=${state}&code=a&code=b`)
      for (const url of [none, twice])
        await assert.rejects(finish(stage, begun, url), withCode('provider_answer_odd', 'login_refused', 'login_expired'))
    })

    test('who does not allow it is told so', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      await assert.rejects(finish(stage, begun, await stage.deny(begun.url)), withCode('login_denied'))
    })

    test('what the provider writes about an error is not repeated', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const url = new URL(stage.callbackUrl)
      url.search = new URLSearchParams({ state, error: '<b>odd</b>', error_description: '<script>alert(1)</script>\r\nx: y' }).toString()
      await assert.rejects(finish(stage, begun, url), (error) => {
        // Where answers have to carry an issuer, one without it counts for nothing.
        withCode('login_refused', 'provider_answer_odd')(error)
        assert.ok(error instanceof HubError && !/script|odd/.test(`${error.message}${error.hint}${JSON.stringify(error.detail)}`))
        return true
      })
    })

    test('a provider that is gone is an error of its own', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const url = await stage.approve(begun.url, 'alice')
      await stage.goAway()
      await assert.rejects(finish(stage, begun, url), withCode('provider_unreachable'))
    })

    test('nobody waits for a finish that was given up', async () => {
      await using stage = await open()
      const begun = await begin(stage)
      const url = await stage.approve(begun.url, 'alice')
      const { authenticator, callbackUrl } = stage
      const givenUp = AbortSignal.abort(new Error('given up'))
      await assert.rejects(authenticator.finish({ url, callbackUrl, state, pending: begun.pending, signal: givenUp }), /given up/)
    })

    test('asking again says the same, until the permission is taken back', async (context) => {
      await using stage = await open()
      const { authenticator } = stage
      const { authState, identity } = await signIn(stage, 'alice')
      if (authenticator.refresh === undefined || authState === null) return context.skip('it has nothing to ask with')
      const again = await authenticator.refresh({ authState, signal })
      assert.ok(again.kind !== 'expired')
      assert.deepEqual(again.signedIn.identity, identity)
      const next = again.signedIn.authState ?? authState
      if (stage.revoke !== undefined) {
        await stage.revoke()
        assert.equal((await authenticator.refresh({ authState: next, signal })).kind, 'expired')
      }
      await stage.goAway()
      if (stage.revoke === undefined)
        await assert.rejects(authenticator.refresh({ authState: next, signal }), withCode('provider_unreachable'))
    })

    test('what was kept and is no longer readable has expired', async (context) => {
      await using stage = await open()
      const { authenticator } = stage
      if (authenticator.refresh === undefined) return context.skip('it has nothing to ask with')
      for (const authState of [{}, { access_token: 7 }, { access_token: ['x'] }])
        assert.equal((await authenticator.refresh({ authState, signal })).kind, 'expired')
    })
  })
}
