import { fromIso } from './time.ts'
import type { IsoTime, Ms } from './time.ts'

/** A registered OAuth client: a user's server or a service. */
export type OAuthClient = {
  readonly id: string
  /** Registered redirect URI; a path for servers on the hub's own host. */
  readonly redirectUri: string
  /** False: it can never take part in a flow. */
  readonly hasSecret: boolean
  readonly requiresPkce: boolean
}

/** Errors of RFC 6749 §4.1.2.1 and §5.2 that occur here. */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'

/** What is wrong with an authorize request. `page`: shown to the person; the client cannot be trusted with an answer. */
export type AuthorizeProblem =
  | { readonly kind: 'page'; readonly reason: string }
  | { readonly kind: 'redirect'; readonly error: OAuthError; readonly description: string }

type AuthorizeFacts = { readonly params: URLSearchParams; readonly client: OAuthClient | null }
type AuthorizeCheck = { readonly clause: string; readonly check: (facts: AuthorizeFacts) => AuthorizeProblem | null }

const page = (reason: string): AuthorizeProblem => ({ kind: 'page', reason })
const back = (error: OAuthError, description: string): AuthorizeProblem => ({ kind: 'redirect', error, description })
const unless = <T>(holds: boolean, problem: T): T | null => (holds ? null : problem)

const authorizeParameters = ['response_type', 'scope', 'state', 'code_challenge', 'code_challenge_method']
const repeated = (params: URLSearchParams, names: readonly string[]): string | undefined =>
  names.find((name) => params.getAll(name).length > 1)

/** A parameter that is sent without a value counts as not sent (RFC 6749 §3.1). */
export const parameter = (params: URLSearchParams, name: string): string | null => params.get(name) || null

const challengeForm = /^[A-Za-z0-9\-._~]{43,128}$/

/** Until the client and its address are sure, a problem is shown as a page and the browser goes nowhere. */
const authorizeChecks: readonly AuthorizeCheck[] = [
  {
    clause: 'RFC 6749 §4.1.1: client_id is required',
    check: ({ params }) => unless(params.getAll('client_id').length === 1 && params.get('client_id') !== '', page('client_id is missing')),
  },
  {
    clause: 'RFC 6749 §4.1.2.1: an unknown client gets no redirect',
    check: ({ client }) =>
      unless(client !== null && client.hasSecret && client.redirectUri !== '', page('the application is not known here')),
  },
  {
    clause: 'RFC 6749 §3.1.2.3: the redirect URI has to be the registered one, character by character',
    check: ({ params, client }) => {
      const sent = params.getAll('redirect_uri')
      return unless(
        sent.length === 0 || (sent.length === 1 && sent[0] === client?.redirectUri),
        page('redirect_uri is not the registered one'),
      )
    },
  },
  {
    clause: 'RFC 6749 §3.1: no parameter more than once',
    check: ({ params }) => {
      const name = repeated(params, authorizeParameters)
      return name === undefined ? null : back('invalid_request', `${name} is given more than once`)
    },
  },
  {
    clause: 'RFC 6749 §4.1.1: response_type is required',
    check: ({ params }) => unless(parameter(params, 'response_type') !== null, back('invalid_request', 'response_type is missing')),
  },
  {
    clause: 'RFC 6749 §4.1.1: only the code grant exists here',
    check: ({ params }) =>
      unless(params.get('response_type') === 'code', back('unsupported_response_type', 'response_type has to be code')),
  },
  {
    clause: 'RFC 7636 §4.3: the method is S256 or plain',
    check: ({ params }) => {
      const method = parameter(params, 'code_challenge_method')
      return unless(
        method === null || method === 'S256' || method === 'plain',
        back('invalid_request', 'code_challenge_method is not supported'),
      )
    },
  },
  {
    clause: 'RFC 7636 §4.2: a challenge has 43 to 128 characters, and a method needs one',
    check: ({ params }) => {
      const challenge = parameter(params, 'code_challenge')
      if (challenge === null)
        return unless(parameter(params, 'code_challenge_method') === null, back('invalid_request', 'code_challenge is missing'))
      return unless(challengeForm.test(challenge), back('invalid_request', 'code_challenge is malformed'))
    },
  },
  {
    clause: 'RFC 7636 §4.4.1: PKCE where it is required',
    check: ({ params, client }) =>
      unless(
        client?.requiresPkce !== true || parameter(params, 'code_challenge') !== null,
        back('invalid_request', 'code_challenge is required'),
      ),
  },
]

/** The first thing that is wrong with an authorize request, apart from its scopes; null when nothing is. */
export function checkAuthorize(params: URLSearchParams, client: OAuthClient | null): AuthorizeProblem | null {
  for (const { check } of authorizeChecks) {
    const problem = check({ params, client })
    if (problem !== null) return problem
  }
  return null
}

/** A kept authorization code. */
export type CodeFacts = {
  readonly clientId: string
  /** As sent with the authorize request; null when it was left out. */
  readonly redirectUri: string | null
  readonly challenge: string | null
  readonly challengeMethod: 'S256' | 'plain' | null
  readonly expiresAt: IsoTime
}

/** What is wrong with a token request. */
export type TokenProblem = { readonly error: OAuthError; readonly description: string }

const tokenProblem = (error: OAuthError, description: string): TokenProblem => ({ error, description })
const tokenParameters = ['grant_type', 'code', 'redirect_uri', 'client_id', 'client_secret', 'code_verifier']

/** What is wrong with a token request by itself, before client and code are looked up; null when nothing is. */
export function checkTokenForm(form: URLSearchParams): TokenProblem | null {
  const twice = repeated(form, tokenParameters)
  // RFC 6749 §3.2: no parameter more than once.
  if (twice !== undefined) return tokenProblem('invalid_request', `${twice} is given more than once`)
  // RFC 6749 §4.1.3: only the code grant exists here.
  if (form.get('grant_type') !== 'authorization_code')
    return tokenProblem('unsupported_grant_type', 'grant_type has to be authorization_code')
  // RFC 6749 §4.1.3: code is required.
  return unless(parameter(form, 'code') !== null, tokenProblem('invalid_request', 'code is missing'))
}

/** A token request of a client that has proved who it is. */
export type ExchangeFacts = {
  readonly client: OAuthClient
  /** Null: no such code, or it was used. */
  readonly code: CodeFacts | null
  readonly redirectUri: string | null
  readonly verifier: string | null
  /** BASE64URL(SHA256(verifier)); null without verifier. */
  readonly verifierHash: string | null
  readonly now: Ms
}

type ExchangeCheck = { readonly clause: string; readonly check: (facts: ExchangeFacts, code: CodeFacts) => TokenProblem | null }

const exchangeChecks: readonly ExchangeCheck[] = [
  {
    clause: 'RFC 6749 §4.1.3: the code was issued to this client',
    check: ({ client }, code) => unless(code.clientId === client.id, tokenProblem('invalid_grant', 'the code is not valid')),
  },
  {
    clause: 'RFC 6749 §4.1.2: the code has not expired',
    check: ({ now }, code) => unless(now <= fromIso(code.expiresAt), tokenProblem('invalid_grant', 'the code is not valid')),
  },
  {
    clause: 'RFC 6749 §4.1.3: a redirect URI is the one of the authorize request',
    check: ({ client, redirectUri }, code) =>
      unless(
        redirectUri === null || redirectUri === (code.redirectUri ?? client.redirectUri),
        tokenProblem('invalid_request', 'redirect_uri does not match'),
      ),
  },
  {
    clause: 'RFC 7636 §4.5: whoever announced a challenge sends the verifier',
    check: ({ verifier }, code) =>
      unless(code.challenge === null || verifier !== null, tokenProblem('invalid_request', 'code_verifier is missing')),
  },
  {
    clause: 'RFC 7636 §4.6: the verifier fits the challenge',
    check: ({ verifier, verifierHash }, code) => {
      const proof = code.challengeMethod === 'S256' ? verifierHash : verifier
      return unless(code.challenge === null || proof === code.challenge, tokenProblem('invalid_grant', 'code_verifier does not fit'))
    },
  },
]

/** The first thing that is wrong with the exchange of a code for a token; null when the token may be issued. */
export function checkExchange(facts: ExchangeFacts): TokenProblem | null {
  const { code } = facts
  if (code === null) return tokenProblem('invalid_grant', 'the code is not valid')
  for (const { check } of exchangeChecks) {
    const problem = check(facts, code)
    if (problem !== null) return problem
  }
  return null
}
