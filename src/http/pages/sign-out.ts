import { HubError } from '../../core/errors.ts'
import { findAuthCheck } from '../../db/auth-checks.ts'
import { leavingPage } from '../../web/views/ways-in.ts'
import { hubPrefixOf } from '../deps.ts'
import { redirect } from '../page.ts'
import type { PageCall } from '../page.ts'
import { endSession } from '../session-cookies.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, uiOf } from './render.ts'

/** Longest time that a provider may take to say where one signs out there. */
const providerMs = 3_000

type Elsewhere = { readonly service: string; readonly url: string }

/** Where the browser signs out too; null: nowhere, or it cannot be known now. */
async function signOutElsewhere({ hub, caller, exchange }: PageCall, loginPage: string): Promise<Elsewhere | null> {
  const check = caller === null ? null : await findAuthCheck(hub.database.db, caller.id)
  const authenticator = check === null ? null : hub.redirectLogin.find(check.authenticator)
  if (caller === null || !URL.canParse(exchange.client.origin) || authenticator?.signOutUrl === undefined) return null
  try {
    const returnTo = new URL(loginPage, exchange.client.origin).href
    const authState = await hub.authStates.read(caller.id)
    const url = await authenticator.signOutUrl({ authState, returnTo, signal: AbortSignal.timeout(providerMs) })
    return url === null ? null : { service: authenticator.title, url }
  } catch (error) {
    if (!(error instanceof HubError || error instanceof DOMException)) throw error
    hub.log.warn('login.no_sign_out', { authenticator: authenticator.id, error })
    return null
  }
}

/** Ends the session here, always; then at the provider, when its options say so. */
export async function signOut(parts: PageParts, call: PageCall): Promise<Response> {
  const { hub, caller, exchange } = call
  const loginPage = `${hubPrefixOf(hub.options)}login?notice=signed_out`
  const elsewhere = await signOutElsewhere(call, loginPage)
  const loginId = caller?.loginId ?? null
  if (loginId !== null) await hub.sessions.end(loginId)
  endSession(exchange, hub)
  return elsewhere === null ? redirect(loginPage) : htmlReply(leavingPage(elsewhere, uiOf(parts, { ...call, caller: null })))
}
