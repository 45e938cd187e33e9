import type { JsonObject } from '../core/json.ts'
import { planRoutes } from '../core/reconcile.ts'
import type { WantedRoute } from '../core/reconcile.ts'
import type { IsoTime, Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { ProxyClient } from '../proxy/client.ts'

/** Data that marks a route as made by the hub. */
export type RouteData = JsonObject & { readonly jupyterhub: true }

/** A route that has to exist, with the data that goes with it. */
export type HubRoute = WantedRoute & { readonly data: RouteData }

/** What somebody did through the proxy last. */
export type RouteActivity = { readonly userName: string; readonly serverName: string; readonly at: IsoTime }

/** How many routes were put and removed. */
export type Mended = { readonly put: number; readonly removed: number }

/** The hub's picture of the proxy's table. */
export type Routes = {
  /** Target of the route, or null. Null too while the proxy has not been reached. */
  target(path: string): string | null
  put(route: HubRoute, signal: AbortSignal): Promise<void>
  remove(path: string, signal: AbortSignal): Promise<void>
  /** Reads the whole table and mends it; `wanted` is asked after the table has been read. Resolves with what was mended. */
  sync(wanted: () => Promise<readonly HubRoute[]>, signal: AbortSignal): Promise<Mended>
  /** True when the proxy is another process than at the last sync (or was not reached since): the table has to be mended. */
  stale(signal: AbortSignal): Promise<boolean>
  /** Last use of every server as of the last sync. */
  activity(): readonly RouteActivity[]
  /** When the last sync ended, on the monotonic clock; null before the first. */
  syncedAt(): Ms | null
}

/** `/user/a%40b/` and `/user/a@b` are one route: decoded, without the last slash. */
function routeKey(path: string): string {
  const bare = path.length > 1 ? path.replace(/\/$/, '') : path
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}

/** Keeps the picture in memory; the proxy is the truth and is asked again whenever it may have changed. */
export function createRoutes(deps: { readonly proxy: ProxyClient; readonly clock: Clock; readonly log: Log }): Routes {
  const { proxy, clock, log } = deps
  const targets = new Map<string, string>()
  let lastUse: readonly RouteActivity[] = []
  let instance: string | null = null
  let lastSync: Ms | null = null

  /** One change at a time, so that a sync never undoes what a start or a stop has just done. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work)
    turn = mine.catch(() => {})
    return mine
  }

  const putNow = async (route: HubRoute, signal: AbortSignal): Promise<void> => {
    await proxy.put(route.path, route.target, route.data, signal)
    targets.set(routeKey(route.path), route.target)
  }

  const removeNow = async (path: string, signal: AbortSignal): Promise<void> => {
    await proxy.delete(path, signal)
    targets.delete(routeKey(path))
  }

  const mendOnce = async (wanted: () => Promise<readonly HubRoute[]>, signal: AbortSignal): Promise<Mended> => {
    const table = await proxy.list(signal)
    targets.clear()
    for (const route of table) targets.set(routeKey(route.path), route.target)
    lastUse = table.flatMap(activityOf)
    const byKey = new Map((await wanted()).map((route) => [routeKey(route.path), route]))
    const todo = planRoutes(
      [...byKey].map(([path, route]) => ({ path, target: route.target, leave: route.leave ?? false })),
      table.map((route) => ({ path: routeKey(route.path), target: route.target, ours: route.data['jupyterhub'] === true })),
    )
    for (const { path } of todo.put) {
      const route = byKey.get(path)
      if (route !== undefined) await putNow(route, signal)
    }
    const asStored = new Map(table.map((route) => [routeKey(route.path), route.path]))
    for (const key of todo.remove) await removeNow(asStored.get(key) ?? key, signal)
    return { put: todo.put.length, removed: todo.remove.length }
  }

  /** What was put may have been given up meanwhile, by a stop that did not find it yet: then the second look removes it. */
  const syncNow = async (wanted: () => Promise<readonly HubRoute[]>, signal: AbortSignal): Promise<Mended> => {
    const seen = await proxy.instance(signal)
    const first = await mendOnce(wanted, signal)
    const second = first.put > 0 ? await mendOnce(wanted, signal) : { put: 0, removed: 0 }
    instance = seen
    lastSync = clock.monotonic()
    const mended = { put: first.put + second.put, removed: first.removed + second.removed }
    if (mended.put + mended.removed > 0) log.info('routes.mended', mended)
    return mended
  }

  const stale = async (signal: AbortSignal): Promise<boolean> => {
    const now = await proxy.instance(signal)
    return now !== instance
  }

  return {
    target: (path) => targets.get(routeKey(path)) ?? null,
    put: (route, signal) => inTurn(() => putNow(route, signal)),
    remove: (path, signal) => inTurn(() => removeNow(path, signal)),
    sync: (wanted, signal) => inTurn(() => syncNow(wanted, signal)),
    stale,
    activity: () => lastUse,
    syncedAt: () => lastSync,
  }
}

function activityOf(route: { readonly data: JsonObject; readonly lastActivity: IsoTime | null }): readonly RouteActivity[] {
  const { user, server_name: serverName } = route.data
  if (typeof user !== 'string' || typeof serverName !== 'string' || route.lastActivity === null) return []
  return [{ userName: user, serverName, at: route.lastActivity }]
}
