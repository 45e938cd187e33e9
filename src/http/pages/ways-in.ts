import { HubError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import { actorOf } from '../../hub/actor.ts'
import type { ReturnedLogin } from '../../hub/redirect-login.ts'
import { leavingPage } from '../../web/views/ways-in.ts'
import type { WaysInView } from '../../web/views/ways-in.ts'
import { hubPrefixOf } from '../deps.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { pendingCookie } from '../pending-cookie.ts'
import { callbackUrlOf } from './callback-url.ts'
import { idIn } from './id-in.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, uiOf } from './render.ts'

const toAccount = ({ hub }: PageCall, notice: string): Response => redirect(`${hubPrefixOf(hub.options)}account?notice=${notice}`, 303)

/** What the account page shows of the ways in; null when there is nothing to choose. */
export async function waysInView(parts: PageParts, { hub, caller }: PageCall<Principal>): Promise<WaysInView | null> {
  const redirects = parts.authenticators.filter((one) => one.form === 'redirect')
  const { password, identities } = await hub.waysIn.list(caller.id)
  if (redirects.length === 0 && identities.every(({ authenticator }) => authenticator === 'dummy')) return null
  const titleOf = (id: string): string | null => redirects.find((one) => one.id === id)?.title ?? null
  const working = identities.filter(({ works }) => works).length + (password ? 1 : 0)
  return {
    password,
    identities: identities.map(({ id, authenticator, login, createdAt, works }) => ({
      id,
      service: works ? (titleOf(authenticator) ?? authenticator) : null,
      authenticator,
      login,
      since: createdAt,
      only: works && working === 1,
    })),
    offers: redirects
      .filter(({ id }) => !identities.some(({ authenticator }) => authenticator === id))
      .map(({ id, title }) => ({ id, title })),
  }
}

/** Begins to link: the browser goes to the provider, and what it brings back counts for this login of this account only. */
async function beginLink(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { hub, caller, exchange, params } = call
  const authenticator = hub.redirectLogin.find(params['id'] ?? '')
  if (authenticator === null || caller.loginId === null) throw new HubError('not_found')
  const callbackUrl = callbackUrlOf(call, authenticator)
  const { origin } = new URL(callbackUrl)
  if (origin !== exchange.client.origin) throw new HubError('login_foreign', { start: `${origin}${hubPrefixOf(hub.options)}account` })
  const link = { userId: caller.id, loginId: caller.loginId }
  const begun = await hub.redirectLogin.begin(authenticator, { callbackUrl, next: null, link })
  pendingCookie(hub, exchange).keep(begun)
  return htmlReply(leavingPage({ service: authenticator.title, url: begun.url }, uiOf(parts, call, 'account')))
}

type Linked = Extract<ReturnedLogin, { kind: 'returned' }>

/** Ends what `beginLink` began. Errors: link_foreign (another login than at the beginning), identity_taken, account_blocked. */
export async function finishLink(call: PageCall, { link, signedIn }: Linked): Promise<Response> {
  const { hub, caller } = call
  if (link === null || caller === null || caller.id !== link.userId || caller.loginId !== link.loginId) throw new HubError('link_foreign')
  await hub.waysIn.link(caller.id, signedIn.identity, actorOf(caller))
  return toAccount(call, 'identity_linked')
}

async function unlink(call: PageCall<Principal>): Promise<Response> {
  const { hub, caller, params } = call
  const id = idIn(params)
  if (id === null) throw new HubError('identity_not_found')
  await hub.waysIn.unlink(caller.id, id, actorOf(caller), caller.loginId)
  return toAccount(call, 'identity_unlinked')
}

/** The ways into one's own account. */
export const waysInPages = (parts: PageParts): readonly Page[] => [
  page({ method: 'POST', path: '/account/link/:id' }).handledBy((call) => beginLink(parts, call)),
  page({ method: 'POST', path: '/account/identities/:id/unlink' }).handledBy(unlink),
]
