import type { Principal } from '../../core/principal.ts'
import { filtersOf } from '../../core/scopes.ts'
import { openInvitations } from '../../db/invitations.ts'
import { listLeftFiles } from '../../db/left-files.ts'
import { groupsOfUsers } from '../../db/groups.ts'
import { countServers, listServers } from '../../db/servers.ts'
import type { Server } from '../../db/servers.ts'
import { countUsers, listUsers, namesOfUsers } from '../../db/users.ts'
import type { User, UserQuery } from '../../db/users.ts'
import type { Accounts } from '../../hub/accounts.ts'
import { peoplePage, peopleSorts, peopleStates } from '../../web/views/admin/people.ts'
import type { AccountStatus, PeopleSort, PeopleState, PersonRow } from '../../web/views/admin/people.ts'
import type { HttpDeps } from '../deps.ts'
import { page } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, noticeOf, uiOf } from './render.ts'
import { absentServer, serverView } from './server-views.ts'

/** How many people a page of the list shows. */
const pageLength = 100

const isState = (text: string): text is PeopleState => (peopleStates as readonly string[]).includes(text)
const isSort = (text: string): text is PeopleSort => (peopleSorts as readonly string[]).includes(text)

/** A position in a list, from the query. */
export const offsetIn = (query: URLSearchParams): number => (/^\d{1,7}$/.test(query.get('offset') ?? '') ? Number(query.get('offset')) : 0)

/** Whether somebody can sign in: who has an open link and no password yet is invited. */
export async function statusOf(accounts: Accounts, user: User, hasOpenLink: boolean): Promise<AccountStatus> {
  if (user.status !== 'active' || !hasOpenLink) return user.status
  return (await accounts.hasPassword(user.id)) ? 'active' : 'invited'
}

/** Ids of the accounts that have a link which can still be used. */
export async function invitedIds(hub: HttpDeps): Promise<ReadonlySet<number>> {
  const open = await openInvitations(hub.database.db, hub.clock.now())
  return new Set(open.flatMap(({ userId }) => (userId === null ? [] : [userId])))
}

type Wish = { readonly search: string; readonly state: PeopleState; readonly sort: PeopleSort; readonly offset: number }

function wishOf({ exchange }: PageCall<Principal>): Wish {
  const { query } = exchange
  const [state, sort] = [query.get('state') ?? '', query.get('sort') ?? '']
  return {
    search: (query.get('q') ?? '').trim().slice(0, 255),
    state: isState(state) ? state : '',
    sort: isSort(sort) ? sort : 'name',
    offset: offsetIn(query),
  }
}

/** Whom the caller may see at all. */
function visibleTo(caller: Principal): Pick<UserQuery, 'names' | 'groupNames'> {
  const reach = filtersOf(caller.scopes, 'list:users')
  return reach === 'all' ? {} : { names: reach.users, groupNames: reach.groups }
}

function queryOf(caller: Principal, { search, state, sort }: Wish): UserQuery {
  return {
    ...visibleTo(caller),
    ...(search === '' ? {} : { nameFilter: search.normalize('NFC').toLowerCase() }),
    ...(state === 'pending' || state === 'blocked' ? { status: state } : {}),
    ...(state === 'running' ? { state: 'ready' } : {}),
    sort: sort === 'name' ? 'name' : '-last_activity',
  }
}

type Found = { readonly items: readonly User[]; readonly total: number }

/** Two filters that the database does not know: asked for rarely, and found by looking through everybody. */
async function findPeople({ hub, caller }: PageCall<Principal>, wish: Wish): Promise<Found> {
  const { db } = hub.database
  const query = queryOf(caller, wish)
  if (wish.state !== 'admin' && wish.state !== 'invited') return listUsers(db, { ...query, offset: wish.offset, limit: pageLength })
  const open = await invitedIds(hub)
  const everybody = await listUsers(db, query)
  const items = everybody.items.filter((user) => (wish.state === 'admin' ? user.admin : open.has(user.id)))
  return { items: items.slice(wish.offset, wish.offset + pageLength), total: items.length }
}

async function rowsOf({ hub }: PageCall<Principal>, users: readonly User[]): Promise<readonly PersonRow[]> {
  const { db } = hub.database
  const ids = users.map(({ id }) => id)
  const [groups, open, servers] = await Promise.all([groupsOfUsers(db, ids), invitedIds(hub), listServers(db, { userIds: ids })])
  const owned = Map.groupBy(servers, (server) => server.userId)
  return Promise.all(
    users.map(async (user) =>
      rowOf(user, owned.get(user.id) ?? [], groups.get(user.id) ?? [], await statusOf(hub.accounts, user, open.has(user.id))),
    ),
  )
}

function rowOf(user: User, servers: readonly Server[], groups: readonly string[], status: AccountStatus): PersonRow {
  const views = servers.map((server) => serverView(user.name, server))
  const main = views.find(({ name }) => name === '') ?? absentServer(user.name, '')
  const othersRunning = views.filter(({ name, kind }) => name !== '' && kind === 'running').length
  const { name, admin, lastActivityAt } = user
  return { name, admin, status, groups, server: main.kind, othersRunning, lastActivity: lastActivityAt }
}

async function showPeople(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { hub, caller, exchange } = call
  const { db } = hub.database
  const wish = wishOf(call)
  const found = await findPeople(call, wish)
  const pending = await listUsers(db, { ...visibleTo(caller), status: 'pending', limit: 1 })
  const counts = { people: await countUsers(db), running: await countServers(db, ['running']), pending: pending.total }
  const slice = { total: found.total, offset: wish.offset, limit: pageLength }
  const data = {
    rows: await rowsOf(call, found.items),
    slice,
    search: wish.search,
    state: wish.state,
    sort: wish.sort,
    counts,
    hasLeftFiles: (await listLeftFiles(db, ['waiting', 'kept', 'done'])).length > 0,
    notice: noticeOf(exchange),
  }
  return htmlReply(peoplePage(data, uiOf(parts, call, 'people')))
}

/** Names of the owners of these servers. */
export const ownersOf = (hub: HttpDeps, servers: readonly Server[]): Promise<ReadonlyMap<number, string>> =>
  namesOfUsers(
    hub.database.db,
    servers.map(({ userId }) => userId),
  )

/** The list of people. */
export const peoplePages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/admin', scopes: ['admin-ui'] }).handledBy((call) => showPeople(parts, call)),
]
