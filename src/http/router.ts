import { HubError } from '../core/errors.ts'
import { comparePatterns, matchPath } from './path-pattern.ts'
import type { PathMatch } from './path-pattern.ts'
import type { Route } from './route.ts'

/** What is found for a path: a route with its variables, or which methods the path has instead. */
export type Found =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'other_methods'; readonly methods: readonly string[]; readonly surface: Route['surface'] }
  | { readonly kind: 'nothing' }

type Hit = { readonly route: Route; readonly match: PathMatch }

/**
 * Looks up routes by method and raw path (below the hub prefix, starting with '/').
 * Errors: bad_request for a path whose variables are not valid percent-encoded UTF-8.
 */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Found {
  const sorted = routes.toSorted((a, b) => comparePatterns(a.pattern, b.pattern))
  return (method, path) => {
    const hits: Hit[] = sorted
      .map((route) => ({ route, match: matchPath(route.pattern, path) }))
      .filter(({ match }) => match.kind !== 'different')
    const first = hits[0]
    if (first === undefined) return { kind: 'nothing' }
    if (hits.some(({ match }) => match.kind === 'malformed'))
      throw new HubError('bad_request', { reason: 'the path is not valid percent-encoded UTF-8' })
    const same = hits.filter(({ route }) => route.pattern.text === first.route.pattern.text)
    const chosen = same.find(({ route }) => route.method === method)
    if (chosen?.match.kind === 'matched') return { kind: 'route', route: chosen.route, params: chosen.match.params }
    return { kind: 'other_methods', methods: same.map(({ route }) => route.method), surface: first.route.surface }
  }
}
