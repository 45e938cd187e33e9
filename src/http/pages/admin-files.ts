import type { Principal } from '../../core/principal.ts'
import { HubError } from '../../core/errors.ts'
import { isFileFate, placeOf } from '../../core/left-files.ts'
import type { FileFate } from '../../core/left-files.ts'
import { isActive } from '../../core/server-state.ts'
import { listLeftFiles } from '../../db/left-files.ts'
import { serversOfUser } from '../../db/servers.ts'
import { actorOf } from '../../hub/actor.ts'
import { leftFilesPage } from '../../web/views/admin/left-files.ts'
import { removePersonPage } from '../../web/views/admin/remove-person.ts'
import { hubPrefixOf } from '../deps.ts'
import { existingUser } from '../facts.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import type { Target } from '../resource.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, noticeOf, uiOf } from './render.ts'
import { pathUser } from './spawn.ts'

/** How long a removal waits for the servers of the person to end, and then for the files, milliseconds. */
const waitsMs = { servers: 15_000, files: 3_000 } as const

const userOf = (params: Readonly<Record<string, string>>): Target => ({ kind: 'user', name: pathUser(params) })

const fateIn = (form: URLSearchParams): FileFate => {
  const word = form.get('files') ?? 'keep'
  if (isFileFate(word)) return word
  throw new HubError('bad_request', { reason: 'there is no such choice for files' })
}

async function askRemoval(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { db } = call.hub.database
  const user = await existingUser(db, pathUser(call.params))
  const servers = await serversOfUser(db, user.id)
  const data = { name: user.name, runningServers: servers.filter(({ state }) => isActive(state)).length }
  return htmlReply(removePersonPage(data, uiOf(parts, call, 'people')))
}

/** Errors: user_delete_self, admin_only, user_servers_active when a server does not end in time. */
async function removePerson(call: PageCall<Principal>): Promise<Response> {
  const { hub, caller, exchange, form } = call
  const fate = fateIn(form)
  const { signal } = exchange.request
  const user = await existingUser(hub.database.db, pathUser(call.params))
  if (user.id === caller.id) throw new HubError('user_delete_self')
  const servers = (await serversOfUser(hub.database.db, user.id)).filter(({ state }) => isActive(state))
  await Promise.all(servers.map((server) => hub.servers.stop(server.id)))
  await Promise.all(servers.map((server) => hub.servers.settled(server.id, waitsMs.servers, signal)))
  const left = await hub.accounts.remove(user.id, actorOf(caller), fate)
  const admin = `${hubPrefixOf(hub.options)}admin`
  if (fate === 'keep' || left === null) return redirect(`${admin}?notice=removed`, 303)
  await hub.files.settled(left.id, waitsMs.files, signal)
  return redirect(`${admin}/files?notice=removed`, 303)
}

async function showFiles(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const rows = await listLeftFiles(call.hub.database.db, ['waiting', 'kept', 'done'])
  const data = { rows: rows.map((row) => ({ ...row, place: placeOf(row) })), notice: noticeOf(call.exchange) }
  return htmlReply(leftFilesPage(data, uiOf(parts, call, 'people')))
}

/** Errors: files_not_found, files_ambiguous, files_busy. */
async function decide({ hub, caller, exchange, form }: PageCall<Principal>): Promise<Response> {
  const left = await hub.accounts.decideFiles(form.get('place') ?? '', fateIn(form), actorOf(caller))
  await hub.files.settled(left.id, waitsMs.files, exchange.request.signal)
  return redirect(`${hubPrefixOf(hub.options)}admin/files?notice=files_decided`, 303)
}

/** Removing people, and what becomes of their files. */
export const filesPages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/admin/people/:user/remove', scopes: ['delete:users'], resource: userOf }).handledBy((call) =>
    askRemoval(parts, call),
  ),
  page({ method: 'POST', path: '/admin/people/:user/remove', scopes: ['delete:users'], resource: userOf }).handledBy(removePerson),
  page({ method: 'GET', path: '/admin/files', scopes: ['delete:users'] }).handledBy((call) => showFiles(parts, call)),
  page({ method: 'POST', path: '/admin/files', scopes: ['delete:users'] }).handledBy(decide),
]
