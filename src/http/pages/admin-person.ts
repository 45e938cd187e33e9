import { HubError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import { serversOfUser } from '../../db/servers.ts'
import { groupsOfUser } from '../../db/users.ts'
import type { User } from '../../db/users.ts'
import { actorOf } from '../../hub/actor.ts'
import { personLink } from '../../web/links.ts'
import { invitedPage, personPage } from '../../web/views/admin/person.ts'
import { authorise } from '../authorise.ts'
import { hubPrefixOf } from '../deps.ts'
import { existingUser } from '../facts.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import type { Target } from '../resource.ts'
import { checkedNext } from './destination.ts'
import { invitedIds, statusOf } from './admin-people.ts'
import { keepsPasswords } from './page-parts.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, noticeOf, uiOf } from './render.ts'
import { serverViews, withUsage } from './server-views.ts'
import { pathUser, prefixesOf } from './spawn.ts'

const userOf = (params: Readonly<Record<string, string>>): Target => ({ kind: 'user', name: pathUser(params) })

const chosenPerson = ({ hub, params }: PageCall<Principal>): Promise<User> => existingUser(hub.database.db, pathUser(params))

async function showPerson(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { hub, caller, exchange } = call
  // Everybody may read about themselves, but not here.
  authorise(caller, { scopes: ['admin-ui'], resource: null })
  const { db } = hub.database
  const user = await chosenPerson(call)
  const sessions = await hub.sessions.list(user.id)
  const hasOpenLink = (await invitedIds(hub)).has(user.id)
  const servers = await serversOfUser(db, user.id)
  const views = serverViews(user.name, servers, hub.servers.profiles.all)
  const measured = views.map((view) =>
    withUsage(
      hub.servers,
      servers.find(({ name }) => name === view.name),
      view,
    ),
  )
  const data = {
    name: user.name,
    admin: user.admin,
    status: await statusOf(hub.accounts, user, hasOpenLink),
    groups: await groupsOfUser(db, user.id),
    createdAt: user.createdAt,
    lastActivity: user.lastActivityAt,
    servers: await Promise.all(measured),
    sessions: sessions.length,
    self: user.id === caller.id,
    invitations: keepsPasswords(parts),
    notice: noticeOf(exchange),
  }
  return htmlReply(personPage(data, uiOf(parts, call, 'people', personLink(prefixesOf(call), user.name))))
}

/** Does something to the person and goes back to where the form stood. */
function deed(action: string, notice: string, work: (call: PageCall<Principal>, user: User) => Promise<unknown>): Page {
  return page({ method: 'POST', path: `/admin/people/:user/${action}`, scopes: ['admin:users'], resource: userOf }).handledBy(
    async (call) => {
      const user = await chosenPerson(call)
      await work(call, user)
      const next = checkedNext(call, call.form.get('next'))
      return redirect(next ?? `${personLink(prefixesOf(call), user.name)}?notice=${notice}`, 303)
    },
  )
}

/** The address of a link that lets somebody choose a password. */
export const invitationUrl = ({ exchange, hub }: PageCall<Principal>, token: string): string =>
  `${exchange.client.origin}${hubPrefixOf(hub.options)}invite?token=${token}`

async function makeLink(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  if (!keepsPasswords(parts)) throw new HubError('not_found')
  const user = await chosenPerson(call)
  const { token, expiresAt } = await call.hub.accounts.invite(user.name, actorOf(call.caller))
  const data = { links: [{ name: user.name, url: invitationUrl(call, token) }], added: [], refused: [], expiresAt }
  return htmlReply(invitedPage(data, uiOf(parts, call, 'people', personLink(prefixesOf(call), user.name))))
}

/** One person: what an administrator sees of them, and does. */
export const personPages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/admin/people/:user', scopes: ['read:users'], resource: userOf }).handledBy((call) =>
    showPerson(parts, call),
  ),
  deed('approve', 'approved', ({ hub, caller }, user) => hub.accounts.approve(user.id, actorOf(caller))),
  deed('block', 'blocked', ({ hub, caller }, user) => hub.accounts.block(user.id, actorOf(caller))),
  deed('make-admin', 'admin_made', ({ hub, caller }, user) => hub.accounts.setAdmin(user.id, true, actorOf(caller))),
  deed('drop-admin', 'admin_dropped', ({ hub, caller }, user) => hub.accounts.setAdmin(user.id, false, actorOf(caller))),
  deed('end-sessions', 'sessions_ended', ({ hub, caller }, user) => hub.accounts.endSessions(user.id, actorOf(caller))),
  page({ method: 'POST', path: '/admin/people/:user/invite', scopes: ['admin:users'], resource: userOf }).handledBy((call) =>
    makeLink(parts, call),
  ),
]
