import { HubError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import type { AuthorizeOutcome, Confirmation } from '../../oauth/authorize.ts'
import type { OAuthProvider } from '../../oauth/provider.ts'
import type { ErrorPage } from '../app.ts'
import { callerByToken } from '../authenticate.ts'
import { hubPrefixOf } from '../deps.ts'
import { contentPolicy } from '../headers.ts'
import { openPage, page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { problemHeaders } from '../problem.ts'
import { addPageCookies } from '../session-cookies.ts'

/** What the two OAuth addresses work with. */
export type OAuthPageDeps = {
  readonly provider: OAuthProvider
  /** The confirmation page as a whole document. `destination`: host that gets the answer. */
  readonly confirmPage: (data: Confirmation & { readonly destination: string }, call: PageCall<Principal>) => Promise<string> | string
  readonly errorPage: ErrorPage
}

const authorizePath = '/api/oauth2/authorize'

/** Redirect URIs of servers are paths on the hub's own host. */
function destinationOf(redirectUri: string, call: PageCall<Principal>): { readonly host: string; readonly foreignOrigin: string | null } {
  const own = call.hub.publicUrl?.host ?? call.exchange.headers.get('host') ?? ''
  if (!URL.canParse(redirectUri)) return { host: own, foreignOrigin: null }
  const { host, origin } = new URL(redirectUri)
  return { host, foreignOrigin: host === own ? null : origin }
}

function htmlReply(call: PageCall<Principal>, body: string, status: number, headers: Readonly<Record<string, string>> = {}): Response {
  addPageCookies(call.exchange, call.hub, call.caller)
  return new Response(body, { status, headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers } })
}

/** A browser follows the redirect of a form only to where the policy lets forms go. */
async function askPerson(deps: OAuthPageDeps, call: PageCall<Principal>, confirmation: Confirmation): Promise<Response> {
  const { host, foreignOrigin } = destinationOf(confirmation.redirectUri, call)
  const body = await deps.confirmPage({ ...confirmation, destination: host }, call)
  const policy = contentPolicy('page', hubPrefixOf(call.hub.options))
  const forms = foreignOrigin === null ? "form-action 'self'" : `form-action 'self' ${foreignOrigin}`
  return htmlReply(call, body, 200, { 'Content-Security-Policy': policy.replace("form-action 'self'", forms) })
}

async function answerAuthorize(deps: OAuthPageDeps, call: PageCall<Principal>, outcome: AuthorizeOutcome): Promise<Response> {
  switch (outcome.kind) {
    case 'redirect':
      return redirect(outcome.to)
    case 'confirm':
      return askPerson(deps, call, outcome)
    case 'refused': {
      const error = new HubError(outcome.code, { reason: outcome.reason })
      return htmlReply(call, await deps.errorPage(error, call.exchange, call.hub), error.status, problemHeaders(error))
    }
    default:
      return outcome satisfies never
  }
}

async function authorize(deps: OAuthPageDeps, call: PageCall<Principal>): Promise<Response> {
  const posted = call.exchange.method === 'POST' ? call.form.getAll('scopes') : null
  const outcome = await deps.provider.authorize({ query: call.exchange.query, person: call.caller, posted })
  return answerAuthorize(deps, call, outcome)
}

const tokenHeaders = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' }
const tokenReply = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...tokenHeaders, ...headers } })

/** Programs only: a page of another origin, which a browser would name, needs a token of its own. Errors: xsrf_missing. */
async function exchangeCode(deps: OAuthPageDeps, { exchange, hub, form }: PageCall): Promise<Response> {
  if (exchange.headers.has('origin') && (await callerByToken(exchange, hub)) === null)
    throw new HubError('xsrf_missing', { method: exchange.method })
  const outcome = await deps.provider.exchange(form)
  if (outcome.kind === 'issued') {
    const { accessToken, expiresInSeconds, scopes } = outcome
    return tokenReply(200, { access_token: accessToken, token_type: 'Bearer', expires_in: expiresInSeconds, scope: scopes.join(' ') })
  }
  const challenge = outcome.error === 'invalid_client' ? { 'WWW-Authenticate': 'Bearer error="invalid_client"' } : {}
  return tokenReply(outcome.status, { error: outcome.error, error_description: outcome.description }, challenge)
}

/** `GET` and `POST /hub/api/oauth2/authorize` for browsers, `POST /hub/api/oauth2/token` for clients (RFC 6749; singleuser-and-web §2). */
export const createOAuthPages = (deps: OAuthPageDeps): readonly Page[] => [
  page({ method: 'GET', path: authorizePath }).handledBy((call) => authorize(deps, call)),
  page({ method: 'POST', path: authorizePath }).handledBy((call) => authorize(deps, call)),
  openPage({ method: 'POST', path: '/api/oauth2/token', xsrf: 'ignore' }).handledBy((call) => exchangeCode(deps, call)),
]
