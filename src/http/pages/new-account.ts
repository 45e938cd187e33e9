import { HubError } from '../../core/errors.ts'
import { askedPage, invitationPage, setUpPage, signUpPage } from '../../web/views/new-account.ts'
import { hubPrefixOf } from '../deps.ts'
import { openPage, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { problemHeaders } from '../problem.ts'
import { openSession, oneField } from './entrance.ts'
import { keepsPasswords } from './page-parts.ts'
import type { PageParts } from './page-parts.ts'
import { attempt, htmlReply, recordOf, uiOf } from './render.ts'

/** Both entries of a new password. Errors: password_weak, when they differ; bad_request. */
export function newPassword(form: URLSearchParams, names: readonly [string, string], minimum: number): string {
  const password = oneField(form, names[0])
  if (password !== oneField(form, names[1])) throw new HubError('password_weak', { reason: 'the two entries differ', minimum })
  return password
}

const plainNames = ['password', 'password_confirmation'] as const
const signUpNames = ['signup_password', 'signup_password_confirmation'] as const

function showSetUp(parts: PageParts, call: PageCall, token: string, userName: string, error: HubError | null): Response {
  const { minimumPasswordLength } = parts.accountOptions
  const here = `${hubPrefixOf(call.hub.options)}setup?token=${encodeURIComponent(token)}`
  const data = { token, userName, error: error === null ? null : recordOf(error), minimumPasswordLength }
  return htmlReply(setUpPage(data, uiOf(parts, call, null, here)), error?.status ?? 200)
}

/** Errors: setup_done, setup_token_wrong, of which no form can get anybody out. */
async function requireNewestToken({ hub }: PageCall, token: string): Promise<void> {
  const verdict = await hub.accounts.judgeSetUpToken(token)
  if (verdict === 'newest') return
  throw new HubError(verdict === 'done' ? 'setup_done' : 'setup_token_wrong')
}

async function setUp(parts: PageParts, call: PageCall): Promise<Response> {
  const { form, hub } = call
  const token = oneField(form, 'token')
  await requireNewestToken(call, token)
  const userName = oneField(form, 'username').trim()
  const done = await attempt(() => {
    const password = newPassword(form, plainNames, parts.accountOptions.minimumPasswordLength)
    return hub.accounts.setUp({ token, userName, password })
  })
  if (!done.ok) return showSetUp(parts, call, token, userName, done.error)
  await openSession(call, done.value.id)
  return redirect(`${hubPrefixOf(hub.options)}home`, 303)
}

/** Errors: sign_up_closed. */
function requireSignUp(parts: PageParts): void {
  if (!parts.accountOptions.enableSignup || !keepsPasswords(parts)) throw new HubError('sign_up_closed')
}

function showSignUp(parts: PageParts, call: PageCall, userName: string, error: HubError | null): Response {
  const { openSignup, minimumPasswordLength } = parts.accountOptions
  const data = { userName, error: error === null ? null : recordOf(error), minimumPasswordLength, approval: !openSignup }
  return htmlReply(signUpPage(data, uiOf(parts, call)), error?.status ?? 200, error === null ? {} : problemHeaders(error))
}

async function signUp(parts: PageParts, call: PageCall): Promise<Response> {
  requireSignUp(parts)
  const { form, hub, exchange } = call
  const userName = oneField(form, 'username').trim()
  const done = await attempt(() => {
    const password = newPassword(form, signUpNames, parts.accountOptions.minimumPasswordLength)
    return hub.accounts.signUp({ userName, password, address: exchange.client.address })
  })
  if (!done.ok) return showSignUp(parts, call, userName, done.error)
  if (done.value.kind === 'pending') return htmlReply(askedPage(uiOf(parts, call)))
  return redirect(`${hubPrefixOf(hub.options)}login?notice=password_set`, 303)
}

async function showInvitation(parts: PageParts, call: PageCall, token: string, typed: string, error: HubError | null): Promise<Response> {
  const known = await call.hub.accounts.readInvitation(token)
  if (known === null) throw new HubError('invitation_invalid')
  const data = {
    token,
    userName: known.userName ?? typed,
    choosesName: known.userName === null,
    error: error === null ? null : recordOf(error),
    minimumPasswordLength: parts.accountOptions.minimumPasswordLength,
  }
  const here = `${hubPrefixOf(call.hub.options)}invite?token=${encodeURIComponent(token)}`
  return htmlReply(invitationPage(data, uiOf(parts, { ...call, caller: null }, null, here)), error?.status ?? 200)
}

async function acceptInvitation(parts: PageParts, call: PageCall): Promise<Response> {
  const { form, hub } = call
  const token = oneField(form, 'token')
  const userName = form.get('username')
  const done = await attempt(() => {
    const password = newPassword(form, plainNames, parts.accountOptions.minimumPasswordLength)
    return hub.accounts.acceptInvitation({ token, userName, password })
  })
  if (!done.ok) return showInvitation(parts, call, token, userName ?? '', done.error)
  await openSession(call, done.value.id)
  return redirect(`${hubPrefixOf(hub.options)}home`, 303)
}

/** How people get an account: set-up link, sign-up, invitation. */
export const newAccountPages = (parts: PageParts): readonly Page[] => [
  openPage({ method: 'GET', path: '/setup' }).handledBy(async (call) => {
    const token = call.exchange.query.get('token') ?? ''
    await requireNewestToken(call, token)
    return showSetUp(parts, call, token, '', null)
  }),
  openPage({ method: 'POST', path: '/setup' }).handledBy((call) => setUp(parts, call)),
  openPage({ method: 'GET', path: '/signup' }).handledBy((call) => {
    requireSignUp(parts)
    return showSignUp(parts, call, '', null)
  }),
  openPage({ method: 'POST', path: '/signup' }).handledBy((call) => signUp(parts, call)),
  openPage({ method: 'GET', path: '/invite' }).handledBy((call) =>
    showInvitation(parts, call, call.exchange.query.get('token') ?? '', '', null),
  ),
  openPage({ method: 'POST', path: '/invite' }).handledBy((call) => acceptInvitation(parts, call)),
]
