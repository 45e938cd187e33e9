import { HubError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import { isReady, pendingOf } from '../../core/server-state.ts'
import { serverUrl } from '../../core/addresses.ts'
import { toIso } from '../../core/time.ts'
import { lastGoodStart } from '../../db/attempts.ts'
import type { Server } from '../../db/servers.ts'
import { failedPage } from '../../web/views/failed.ts'
import { notRunningPage, pendingPage, stoppingPage } from '../../web/views/pending.ts'
import { serverLogPage } from '../../web/views/admin/servers.ts'
import { errorCodes } from '../../core/errors.ts'
import { page, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { nextOf } from './destination.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, uiOf } from './render.ts'
import { absentServer, serverView, withKept, withLarger } from './server-views.ts'
import { backOf, choose, serverOf } from './spawn.ts'
import type { Chosen } from './spawn.ts'

/** Lines of a log that a page of a start shows. */
const shortLog = 200
/** Lines of the page of a log. */
const longLog = 2_000

async function showStart(
  parts: PageParts,
  call: PageCall<Principal>,
  { owner, server }: Chosen & { readonly server: Server },
): Promise<Response> {
  const { hub } = call
  const report = await hub.servers.report(server.id)
  const view = await withKept(hub.servers, owner, server, serverView(owner.name, server))
  const reached = report?.events.at(-1)?.progress ?? 0
  const data = {
    server: { ...view, progress: Math.max(view.progress, Math.min(reached, 99)) },
    startedAt: server.startedAt,
    events: report?.events ?? [],
    log: await hub.servers.log(server.id, shortLog),
    usualMs: await lastGoodStart(hub.database.db, server.id),
  }
  return htmlReply(pendingPage(data, uiOf(parts, call, 'home')))
}

async function showFailure(
  parts: PageParts,
  call: PageCall<Principal>,
  { owner, server }: Chosen & { readonly server: Server },
): Promise<Response> {
  const { state } = server
  if (state.kind !== 'failed') throw new HubError('internal', { reference: 'failed page' })
  const report = await call.hub.servers.report(server.id)
  const data = {
    server: await withLarger(call.hub.servers, owner, server, serverView(owner.name, server)),
    failure: state.failure,
    at: state.at,
    events: report?.events ?? [],
    log: report?.log ?? [],
    attemptId: report?.id ?? null,
    exitCode: report?.exitCode ?? null,
    next: nextOf(call),
  }
  return htmlReply(failedPage(data, uiOf(parts, call, 'home')), errorCodes[state.failure.code].status)
}

const namesOf = ({ owner, name }: Chosen) => ({ user: owner.name, server: name.slice(0, 64) })

/** How it stands with a server, without ever changing anything (singleuser-and-web §5.3). Errors: user_not_found, server_not_found. */
async function showPending(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const chosen = await choose(call)
  const { owner, name, server } = chosen
  if (server === null && name !== '') throw new HubError('server_not_found', namesOf(chosen))
  const view = server === null ? absentServer(owner.name, '') : serverView(owner.name, server)
  if (server !== null) {
    const found = { ...chosen, server }
    if (isReady(server.state, server.desired)) return redirect(nextOf(call) ?? serverUrl(call.hub.options, owner.name, name))
    if (server.state.kind === 'failed') return showFailure(parts, call, found)
    const pending = pendingOf(server.state, server.desired)
    if (pending === 'stop') return htmlReply(stoppingPage({ server: view, trouble: server.trouble }, uiOf(parts, call, 'home')))
    if (pending === 'spawn') return showStart(parts, call, found)
  }
  const known = await withKept(call.hub.servers, owner, server, view)
  return htmlReply(notRunningPage({ server: known, next: nextOf(call), implicitSeconds: 0 }, uiOf(parts, call, 'home')))
}

async function stop(call: PageCall<Principal>, remove: boolean): Promise<Response> {
  const chosen = await choose(call)
  const { server, name } = chosen
  if (remove && name === '') throw new HubError('server_default_remove')
  if (server === null && name !== '') throw new HubError('server_not_found', namesOf(chosen))
  if (server !== null) await call.hub.servers.stop(server.id, remove)
  return redirect(backOf(call, remove ? 'server_removed' : 'server_stopped'), 303)
}

async function showLog(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const chosen = await choose(call)
  const { owner, name, server } = chosen
  if (server === null && name !== '') throw new HubError('server_not_found', namesOf(chosen))
  const lines = server === null ? [] : await call.hub.servers.log(server.id, longLog)
  if (call.exchange.query.get('format') === 'text') {
    const fileName = `orrery-log-${toIso(call.hub.clock.now()).slice(0, 10)}.txt`
    return new Response(`${lines.join('\n')}\n`, {
      headers: { 'Content-Type': 'text/plain; charset=UTF-8', 'Content-Disposition': `inline; filename="${fileName}"` },
    })
  }
  const view = server === null ? absentServer(owner.name, '') : serverView(owner.name, server)
  const isOwn = owner.id === call.caller.id
  return htmlReply(serverLogPage({ server: view, lines, limit: longLog }, uiOf(parts, call, isOwn ? 'home' : 'servers')))
}

const forms = (name: string): readonly string[] => [`/${name}/:user`, `/${name}/:user/:server?`]

/** Pages about one server: how its start goes, its log, stopping and removing it. */
export const serverPages = (parts: PageParts): readonly Page[] => [
  ...forms('spawn-pending').map((path) =>
    page({ method: 'GET', path, scopes: ['start:servers'], resource: serverOf }).handledBy((call) => showPending(parts, call)),
  ),
  ...forms('stop').map((path) =>
    page({ method: 'POST', path, scopes: ['delete:servers'], resource: serverOf }).handledBy((call) => stop(call, false)),
  ),
  ...forms('remove').map((path) =>
    page({ method: 'POST', path, scopes: ['delete:servers'], resource: serverOf }).handledBy((call) => stop(call, true)),
  ),
  ...forms('server-log').map((path) =>
    page({ method: 'GET', path, scopes: ['servers'], resource: serverOf }).handledBy((call) => showLog(parts, call)),
  ),
]
