import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client'
import { HubError } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'

/** What a message about a provider names. */
export type ProviderFacts = {
  /** Title of the authenticator. */
  readonly service: string
  /** Its id. */
  readonly authenticator: string
  /** The callback address that the hub gave. */
  readonly expected: string
  /** The address to which the browser was really sent back, without query. */
  readonly received: string
}

/** How long somebody may take at the provider. */
export const pendingMinutes = 10

type Meaning = { readonly code: ErrorCode; readonly reason?: string }

/** Error codes of RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6, and those of GitHub. Nothing else that a provider writes is shown. */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ['access_denied', { code: 'login_denied' }],
  ['redirect_uri_mismatch', { code: 'provider_callback_wrong' }],
  ['incorrect_client_credentials', { code: 'provider_client_wrong' }],
  ['invalid_client', { code: 'provider_client_wrong' }],
  ['unauthorized_client', { code: 'provider_client_wrong' }],
  ['bad_verification_code', { code: 'login_expired' }],
  ['invalid_grant', { code: 'login_expired' }],
  ['unverified_user_email', { code: 'email_unverified' }],
  ['server_error', { code: 'provider_unreachable' }],
  ['temporarily_unavailable', { code: 'provider_unreachable' }],
  ['application_suspended', { code: 'login_refused', reason: 'the application of this hub is suspended there' }],
  ['invalid_scope', { code: 'login_refused', reason: 'it does not grant a scope that this hub asks for' }],
  ['login_required', { code: 'login_refused', reason: 'you have to sign in there first' }],
  ['interaction_required', { code: 'login_refused', reason: 'you have to answer a question there first' }],
  ['consent_required', { code: 'login_refused', reason: 'you have to answer a question there first' }],
  ['account_selection_required', { code: 'login_refused', reason: 'you have to answer a question there first' }],
])

const unknownMeaning: Meaning = { code: 'login_refused', reason: 'it gave no reason that this hub knows' }

/** An error code that a provider sent, as an error of ours. */
export function providerRefusal(code: string, facts: ProviderFacts, cause?: unknown): HubError {
  const meaning = meanings.get(code) ?? unknownMeaning
  const { reason } = meaning
  return new HubError(meaning.code, { ...facts, minutes: pendingMinutes, ...(reason === undefined ? {} : { reason }) }, { cause })
}

/** Codes of the library for answers that are no answers. */
const oddReasons: ReadonlyMap<string, string> = new Map([
  ['OAUTH_RESPONSE_IS_NOT_JSON', 'it is no JSON'],
  ['OAUTH_PARSE_ERROR', 'it is no JSON'],
  ['OAUTH_RESPONSE_IS_NOT_CONFORM', 'it has an unexpected status'],
  ['OAUTH_JWT_TIMESTAMP_CHECK_FAILED', 'the clocks of the two differ, or it is too old'],
  ['OAUTH_JWT_CLAIM_COMPARISON_FAILED', 'it is meant for somebody else'],
])

/** Whatever the OAuth library or a request threw, as an error of ours. What is none of theirs is thrown on. */
export function explainProvider(thrown: unknown, facts: ProviderFacts): HubError {
  const own = hubErrorIn(thrown)
  if (own !== null) return own
  if (thrown instanceof AuthorizationResponseError || thrown instanceof ResponseBodyError)
    return providerRefusal(thrown.error, facts, thrown)
  if (!(thrown instanceof ClientError)) throw thrown
  const reason = oddReasons.get(thrown.code ?? '') ?? 'it is not what the protocol asks for'
  return new HubError('provider_answer_odd', { ...facts, reason }, { cause: thrown })
}

/** The library wraps what a request threw. */
function hubErrorIn(thrown: unknown): HubError | null {
  if (thrown instanceof HubError) return thrown
  return thrown instanceof Error && thrown.cause !== undefined ? hubErrorIn(thrown.cause) : null
}
