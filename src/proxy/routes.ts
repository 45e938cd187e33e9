import { cleanRoutePath, createRouteTable } from '../core/route-table.ts'
import type { Lookup } from '../core/route-table.ts'
import type { JsonObject } from '../core/json.ts'
import type { Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'
import { parseTarget } from './target.ts'
import type { Target } from './target.ts'

/** One route as the data plane uses it. */
export type Route = {
  readonly path: string
  /** As it was given. */
  readonly targetText: string
  /** Null when the text is no target: requests are then answered with 500. */
  readonly target: Target | null
  /** Everything else that was given with the route; returned as it came. */
  readonly data: JsonObject
  /** Outlives a replacement of the route, so that connections of the old one still count. */
  readonly activity: { at: Ms }
}

/** The routes of this process. Changes hold from the next request on; what flows is never cut. */
export type Routes = {
  /** Makes or replaces a route; that counts as activity. */
  put(path: string, targetText: string, data: JsonObject): Route
  get(path: string): Route | undefined
  delete(path: string): boolean
  all(): IterableIterator<[string, Route]>
  find(host: string | null, rawPath: string): Lookup<Route>
}

/** An empty set of routes. */
export function createProxyRoutes(deps: { readonly clock: Clock; readonly hostRouting: boolean }): Routes {
  const table = createRouteTable<Route>({ hostRouting: deps.hostRouting })
  return {
    put(path, targetText, data) {
      const activity = table.get(path)?.activity ?? { at: 0 }
      activity.at = deps.clock.now()
      const route: Route = { path: cleanRoutePath(path), targetText, target: parseTarget(targetText), data, activity }
      table.set(path, route)
      return route
    },
    get: (path) => table.get(path),
    delete: (path) => table.delete(path),
    all: () => table.entries(),
    find: (host, rawPath) => table.find(host, rawPath),
  }
}
