import type { ErrorRecord } from '../../core/errors.ts'
import { HubError } from '../../core/errors.ts'
import type { LogInChoice } from '../../web/views/log-in.ts'
import { logInPage } from '../../web/views/log-in.ts'
import { logOutPage } from '../../web/views/log-out.ts'
import { loginCookie } from '../cookies.ts'
import { hubPrefixOf } from '../deps.ts'
import { openPage, page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { problemHeaders } from '../problem.ts'
import { startSession } from '../session-cookies.ts'
import { destinationOf, nextOf } from './destination.ts'
import { loginPath } from './login-path.ts'
import { keepsPasswords } from './page-parts.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, recordOf, uiOf } from './render.ts'
import { signOut } from './sign-out.ts'

const noticeKeys = { password_set: 'login.passwordSet', signed_out: 'login.signedOut' } as const
const isNotice = (text: string | null): text is keyof typeof noticeKeys => text !== null && Object.hasOwn(noticeKeys, text)

/** Longest name that is shown again after a wrong password. */
const shownNameLength = 64

function choicesOf(parts: PageParts, call: PageCall): readonly LogInChoice[] {
  const ui = uiOf(parts, call)
  const password = parts.authenticators.find((one) => one.form === 'password')
  const redirects = parts.authenticators.flatMap((one): LogInChoice[] =>
    one.form === 'redirect' ? [{ form: 'redirect', kind: one.id, title: one.title, url: loginPath(call.hub, one, nextOf(call)) }] : [],
  )
  if (password === undefined) return redirects
  // One form for all of them: signing in asks each in turn.
  return [...redirects, { form: 'password', kind: password.kind, title: ui.t(keepsPasswords(parts) ? 'login.native' : 'login.dummy') }]
}

type Shown = { readonly userName: string; readonly error: ErrorRecord | null; readonly expired?: boolean }

function showLogin(
  parts: PageParts,
  call: PageCall,
  shown: Shown,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const ui = uiOf(parts, call)
  const notice = call.exchange.query.get('notice')
  const said = shown.expired === true ? ui.t('login.expired') : isNotice(notice) && shown.error === null ? ui.t(noticeKeys[notice]) : null
  const { enableSignup, openSignup } = parts.accountOptions
  const signUp = !enableSignup || !keepsPasswords(parts) ? null : openSignup ? 'open' : 'ask'
  const data = {
    choices: choicesOf(parts, call),
    next: nextOf(call),
    userName: shown.userName,
    error: shown.error,
    notice: said,
    signUp,
  } as const
  return htmlReply(logInPage(data, ui), status, headers)
}

/** Fields of a form count once; two of a name are a mistake or a trick. Errors: bad_request. */
export function oneField(form: URLSearchParams, name: string): string {
  const values = form.getAll(name)
  if (values.length === 1) return values[0] ?? ''
  throw new HubError('bad_request', { reason: values.length === 0 ? `the field ${name} is missing` : `the field ${name} was sent twice` })
}

async function signIn(parts: PageParts, call: PageCall): Promise<Response> {
  const { exchange, hub, form } = call
  if (call.xsrfProblem !== null) {
    const userName = (form.get('username') ?? '').slice(0, shownNameLength)
    return showLogin(parts, call, { userName, error: null, expired: true }, call.xsrfProblem.status)
  }
  const userName = oneField(form, 'username').trim()
  const outcome = await hub.login.withPassword({ userName, password: oneField(form, 'password'), address: exchange.client.address })
  if (outcome.kind === 'refused') {
    const error = new HubError(outcome.code, outcome.detail)
    return showLogin(
      parts,
      call,
      { userName: userName.slice(0, shownNameLength), error: recordOf(error) },
      error.status,
      problemHeaders(error),
    )
  }
  await hub.noteSignIn.here(outcome.userId)
  await openSession(call, outcome.userId)
  return redirect(await destinationOf(call, { id: outcome.userId, name: outcome.userName }))
}

/** Opens a session and gives the browser its cookies. The session that it had before ends. */
export async function openSession({ exchange, hub }: PageCall, userId: number): Promise<void> {
  const opened = await hub.sessions.open({
    userId,
    address: exchange.client.address,
    userAgent: exchange.headers.get('user-agent') ?? '',
    replaces: exchange.cookies.all(loginCookie(hub.options).name),
  })
  startSession(exchange, hub, opened)
}

/** Coming in and going out: the root, sign-in, sign-out (singleuser-and-web §5.2, auth-and-security §1.10). */
export const entrancePages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/' }).handledBy(async (call) => redirect(await destinationOf(call, call.caller))),
  openPage({ method: 'GET', path: '/login' }).handledBy(async (call) => {
    if (call.caller !== null) return redirect(await destinationOf(call, call.caller))
    const { automatic } = call.hub.redirectLogin
    if (automatic !== null && !call.exchange.query.has('notice')) return redirect(loginPath(call.hub, automatic, nextOf(call)))
    return showLogin(parts, call, { userName: '', error: null }, 200)
  }),
  openPage({ method: 'POST', path: '/login', xsrf: 'report' }).handledBy((call) => signIn(parts, call)),
  openPage({ method: 'GET', path: '/logout' }).handledBy((call) => {
    if (call.caller === null) return redirect(`${hubPrefixOf(call.hub.options)}login`)
    return htmlReply(logOutPage(uiOf(parts, call)))
  }),
  openPage({ method: 'POST', path: '/logout' }).handledBy((call) => signOut(parts, call)),
]
