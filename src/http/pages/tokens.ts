import { HubError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import type { Token } from '../../db/tokens.ts'
import { actorOf } from '../../hub/actor.ts'
import { tokensPage } from '../../web/views/tokens.ts'
import type { Tokens, TokenView } from '../../web/views/tokens.ts'
import { hubPrefixOf } from '../deps.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { ownAccount } from './account.ts'
import { oneField } from './entrance.ts'
import { idIn } from './id-in.ts'
import type { PageParts } from './page-parts.ts'
import { attempt, htmlReply, noticeOf, recordOf, uiOf } from './render.ts'

/** What a token without OAuth says of its client. */
const plainClient = 'JupyterHub'

async function tokenView({ hub, caller }: PageCall<Principal>, token: Token): Promise<TokenView> {
  const { oauthClient } = await hub.tokens.factsOf(token, caller.name)
  const { id, note, createdAt, lastActivityAt, expiresAt } = token
  return {
    id,
    note,
    application: oauthClient === plainClient ? null : oauthClient,
    scopes: token.scopes,
    createdAt,
    lastActivityAt,
    expiresAt,
  }
}

type Shown = Pick<Tokens, 'made' | 'form'> & { readonly error: HubError | null }

async function showTokens(parts: PageParts, call: PageCall<Principal>, shown: Shown): Promise<Response> {
  const { hub, caller, exchange } = call
  const tokens = await hub.tokens.list(caller.id)
  const most = hub.options.tokenExpiresInMaxSeconds
  const data: Tokens = {
    tokens: await Promise.all(tokens.toReversed().map((token) => tokenView(call, token))),
    made: shown.made,
    error: shown.error === null ? null : recordOf(shown.error),
    notice: noticeOf(exchange),
    maximumSeconds: most === 0 ? null : most,
    form: shown.form,
  }
  return htmlReply(tokensPage(data, uiOf(parts, call, 'account', `${hubPrefixOf(hub.options)}token`)), shown.error?.status ?? 200)
}

/** Seconds of a select; empty: as long as allowed. Errors: bad_request. */
function lifetimeIn(text: string): number | null {
  if (text === '') return null
  if (/^\d{1,12}$/.test(text)) return Number(text)
  throw new HubError('bad_request', { reason: 'expires_in must be a whole number of seconds' })
}

async function makeToken(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { hub, caller, form } = call
  const [typedNote, typedScopes] = [oneField(form, 'note').trim(), oneField(form, 'scopes').trim()]
  const note = typedNote === '' ? uiOf(parts, call).t('tokens.defaultNote') : typedNote
  const scopes = typedScopes === '' ? null : typedScopes.split(/[\s,]+/)
  const done = await attempt(async () => {
    const request = { note, expiresInSeconds: lifetimeIn(form.get('expires_in') ?? ''), scopes, roles: null }
    return hub.tokens.issue(await ownAccount(call), request, actorOf(caller))
  })
  if (!done.ok) return showTokens(parts, call, { made: null, error: done.error, form: { note: typedNote, scopes: typedScopes } })
  return showTokens(parts, call, { made: { token: done.value.secret, note }, error: null, form: { note: '', scopes: '' } })
}

async function revokeToken(call: PageCall<Principal>): Promise<Response> {
  const id = idIn(call.params)
  if (id === null) throw new HubError('token_not_found')
  await call.hub.tokens.revoke(await ownAccount(call), id, actorOf(call.caller))
  return redirect(`${hubPrefixOf(call.hub.options)}token?notice=token_revoked`, 303)
}

/** The visitor's own tokens. A new one is shown in the answer to its form, and nowhere else. */
export const tokenPages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/token' }).handledBy((call) =>
    showTokens(parts, call, { made: null, error: null, form: { note: '', scopes: '' } }),
  ),
  page({ method: 'POST', path: '/token' }).handledBy((call) => makeToken(parts, call)),
  page({ method: 'POST', path: '/token/:id/revoke' }).handledBy(revokeToken),
]
