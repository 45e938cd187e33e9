import type { RedirectAuthenticator } from '../../auth/authenticator.ts'
import { HubError } from '../../core/errors.ts'
import { shownName } from '../../core/names.ts'
import type { LoginOutcome } from '../../hub/login-outcome.ts'
import type { ReturnedLogin } from '../../hub/redirect-login.ts'
import { errorPage } from '../../web/views/error.ts'
import { hubPrefixOf } from '../deps.ts'
import { isNavigation } from '../exchange.ts'
import { openPage, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { pendingCookie } from '../pending-cookie.ts'
import { problemHeaders } from '../problem.ts'
import { callbackUrlOf } from './callback-url.ts'
import { checkedNext, destinationOf, nextOf } from './destination.ts'
import { openSession } from './entrance.ts'
import { loginPath } from './login-path.ts'
import type { PageParts } from './page-parts.ts'
import { attempt, htmlReply, recordOf, uiOf } from './render.ts'
import { finishLink } from './ways-in.ts'

/** The provider will send the browser to the host of the callback: the sign-in has to begin there, or its cookie would stay behind. */
function placeToBegin(call: PageCall, authenticator: RedirectAuthenticator, callbackUrl: string): string | null {
  const { exchange, hub } = call
  const { origin } = new URL(callbackUrl)
  if (origin === exchange.client.origin || exchange.query.has('moved')) return null
  const url = new URL(loginPath(hub, authenticator, nextOf(call)), origin)
  url.searchParams.set('moved', '1')
  return url.href
}

async function begin(call: PageCall): Promise<Response> {
  const { hub, exchange, params } = call
  const authenticator = hub.redirectLogin.find(params['id'] ?? null)
  if (authenticator === null) throw new HubError('not_found')
  if (call.caller !== null) return redirect(await destinationOf(call, call.caller))
  if (!isNavigation(exchange)) throw new HubError('bad_request', { reason: 'a sign-in begins by following a link' })
  const callbackUrl = callbackUrlOf(call, authenticator)
  const elsewhere = placeToBegin(call, authenticator, callbackUrl)
  if (elsewhere !== null) return redirect(elsewhere)
  const begun = await hub.redirectLogin.begin(authenticator, { callbackUrl, next: nextOf(call), link: null })
  pendingCookie(hub, exchange).keep(begun)
  return redirect(begun.url)
}

/** Where the browser says that it is: for messages only, since the configuration may say something else. */
function seenOrigin({ exchange }: PageCall): string {
  const { client, headers } = exchange
  const said = `${client.protocol}://${headers.get('host') ?? ''}`
  return [said, client.origin].find((origin) => URL.canParse(origin)) ?? 'http://localhost'
}

async function comeBack(parts: PageParts, call: PageCall): Promise<Response> {
  const { hub, exchange } = call
  const cookie = pendingCookie(hub, exchange)
  const came = await hub.redirectLogin.finish({
    url: new URL(`${exchange.path}${exchange.search}`, seenOrigin(call)),
    sealedOf: (slot) => cookie.valuesOf(slot),
    address: exchange.client.address,
    start: `${exchange.client.origin}${hubPrefixOf(hub.options)}login`,
    callbackOf: (one) => callbackUrlOf(call, one),
  })
  if (came.slot !== null) cookie.drop(came.slot)
  // Back and reload after the sign-in is done: nothing happens, and there is nothing to complain about.
  if (came.kind === 'failed' && came.error.code === 'login_foreign' && call.caller !== null) return onward(call, call.caller, null)
  if (came.kind === 'failed') return explain(parts, call, came, came.error)
  if (came.link !== null) return comeBackToLink(parts, call, came)
  const { signedIn, authenticator, next } = came
  const outcome = await hub.login.admit(signedIn.identity, exchange.client.address)
  if (outcome.kind === 'refused') return explain(parts, call, came, refusal(outcome, signedIn.identity.userName, came))
  if (authenticator !== null) await hub.noteSignIn.elsewhere(outcome.userId, authenticator, signedIn)
  await openSession(call, outcome.userId)
  return onward(call, { id: outcome.userId, name: outcome.userName }, next)
}

/** To where they wanted to go, or the usual place. What the provider has put into the address stays behind. */
async function onward(
  { hub, exchange }: PageCall,
  who: { readonly id: number; readonly name: string },
  next: string | null,
): Promise<Response> {
  const query = new URLSearchParams(next === null ? {} : { next })
  return withoutReferrer(redirect(await destinationOf({ hub, exchange: { ...exchange, query } }, who)))
}

async function comeBackToLink(parts: PageParts, call: PageCall, came: Extract<ReturnedLogin, { kind: 'returned' }>): Promise<Response> {
  const linked = await attempt(() => finishLink(call, came))
  return linked.ok ? withoutReferrer(linked.value) : explain(parts, call, came, linked.error)
}

type Refusal = Extract<LoginOutcome, { kind: 'refused' }>

/** Somebody proved who they are; that is not enough. Says under which name they came. */
function refusal({ code, detail }: Refusal, userName: string, { authenticator }: ReturnedLogin): HubError {
  const { listedAs } = detail
  const user = shownName(typeof listedAs === 'string' ? listedAs : userName)
  if (code !== 'forbidden' && code !== 'sign_in_failed') return new HubError(code, { user, ...detail })
  return new HubError('account_not_allowed', { user, service: authenticator?.title ?? '' })
}

/** The page of a sign-in that came to nothing, with a way to begin again. The provider's own words are for the log. */
function explain(parts: PageParts, call: PageCall, came: ReturnedLogin, error: HubError): Response {
  const { hub, exchange } = call
  const { authenticator } = came
  const fields = { id: exchange.id, code: error.code, detail: error.detail, authenticator: authenticator?.id ?? null, said: saidBy(error) }
  if (error.status >= 500) hub.log.error('login.failed', fields)
  else hub.log.info('login.refused', fields)
  const next = checkedNext(call, came.next)
  const again =
    came.link !== null
      ? `${hubPrefixOf(hub.options)}account`
      : authenticator === null
        ? `${hubPrefixOf(hub.options)}login`
        : loginPath(hub, authenticator, next)
  const ui = uiOf(parts, call, null, `${hubPrefixOf(hub.options)}login`)
  const reference = error.status >= 500 ? exchange.id : null
  const page = errorPage({ status: error.status, error: recordOf(error), reference, again }, ui)
  return withoutReferrer(htmlReply(page, error.status, problemHeaders(error)))
}

const longestSaying = 200

/** What the provider, or the machine, said: escaped by the log, and short. */
function saidBy({ cause }: HubError): string {
  if (!(cause instanceof Error)) return ''
  const description = 'error_description' in cause && typeof cause.error_description === 'string' ? cause.error_description : ''
  const inner = cause.cause instanceof Error ? cause.cause.message : ''
  return [cause.message, description, inner].filter(Boolean).join('; ').slice(0, longestSaying)
}

/** The address of the callback holds a code: it is told to nobody. */
function withoutReferrer(response: Response): Response {
  response.headers.set('Referrer-Policy', 'no-referrer')
  return response
}

/** Signing in elsewhere: the way there, and the way back (auth-and-security §2.3, §2.4). */
export const elsewherePages = (parts: PageParts): readonly Page[] => [
  openPage({ method: 'GET', path: '/oauth_login' }).handledBy(begin),
  openPage({ method: 'GET', path: '/oauth_login/:id' }).handledBy(begin),
  openPage({ method: 'GET', path: '/oauth_callback' }).handledBy((call) => comeBack(parts, call)),
]
