import { HubError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import { findUserById } from '../../db/users.ts'
import type { User } from '../../db/users.ts'
import { accountPage } from '../../web/views/account.ts'
import { hubPrefixOf } from '../deps.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { problemHeaders } from '../problem.ts'
import { oneField } from './entrance.ts'
import { idIn } from './id-in.ts'
import { newPassword } from './new-account.ts'
import type { PageParts } from './page-parts.ts'
import { attempt, htmlReply, noticeOf, recordOf, uiOf } from './render.ts'
import { waysInView } from './ways-in.ts'

/** The visitor's own account. Errors: user_not_found. */
export async function ownAccount({ hub, caller }: PageCall<Principal>): Promise<User> {
  const user = await findUserById(hub.database.db, caller.id)
  if (user === null) throw new HubError('user_not_found', { user: caller.name })
  return user
}

async function showAccount(parts: PageParts, call: PageCall<Principal>, error: HubError | null): Promise<Response> {
  const { hub, caller, exchange } = call
  const sessions = await hub.sessions.list(caller.id)
  const minimumLength = parts.accountOptions.minimumPasswordLength
  const hasPassword = await hub.accounts.hasPassword(caller.id)
  const data = {
    sessions: sessions.map(({ id, address, userAgent, createdAt, lastSeenAt }) => ({
      id,
      current: id === caller.loginId,
      address,
      userAgent,
      createdAt,
      lastSeenAt,
    })),
    password: hasPassword ? { minimumLength, error: error === null ? null : recordOf(error) } : null,
    waysIn: await waysInView(parts, call),
    notice: noticeOf(exchange),
  }
  const ui = uiOf(parts, call, 'account', `${hubPrefixOf(hub.options)}account`)
  return htmlReply(accountPage(data, ui), error?.status ?? 200, error === null ? {} : problemHeaders(error))
}

async function changePassword(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { hub, caller, form, exchange } = call
  const oldPassword = oneField(form, 'old_password')
  const done = await attempt(() => {
    const password = newPassword(form, ['new_password', 'new_password_confirmation'], parts.accountOptions.minimumPasswordLength)
    const change = { userId: caller.id, oldPassword, newPassword: password, loginId: caller.loginId, address: exchange.client.address }
    return hub.accounts.changePassword(change)
  })
  return done.ok ? toAccount(call, 'password_changed') : showAccount(parts, call, done.error)
}

const toAccount = ({ hub }: PageCall, notice: string): Response => redirect(`${hubPrefixOf(hub.options)}account?notice=${notice}`, 303)

async function endSessionOf(call: PageCall<Principal>): Promise<Response> {
  const id = idIn(call.params)
  if (id === null) throw new HubError('session_not_found')
  await call.hub.sessions.end(id, await ownAccount(call))
  return toAccount(call, 'session_ended')
}

async function endOtherSessions(call: PageCall<Principal>): Promise<Response> {
  await call.hub.sessions.endAll(call.caller.id, call.caller.loginId ?? undefined)
  return toAccount(call, 'sessions_ended')
}

/** The visitor's own account: password and logins. */
export const accountPages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/account' }).handledBy((call) => showAccount(parts, call, null)),
  page({ method: 'GET', path: '/change-password' }).handledBy(({ hub }) => redirect(`${hubPrefixOf(hub.options)}account#password`)),
  page({ method: 'POST', path: '/change-password' }).handledBy((call) => changePassword(parts, call)),
  page({ method: 'POST', path: '/account/sessions/:id/end' }).handledBy(endSessionOf),
  page({ method: 'POST', path: '/account/sessions/end-others' }).handledBy(endOtherSessions),
]
