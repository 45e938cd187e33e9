import type { Desired, Observation, ServerState } from './server-state.ts'

/** What is known of one server at one instant. */
export type ServerFacts = {
  readonly desired: Desired
  readonly state: ServerState
  /** What the spawner sees behind the handle. */
  readonly observed: Observation
  /** The target of the proxy's route to this server; null when there is none. */
  readonly route: string | null
}

/** One step towards what is wanted. The loop runs the steps of a plan in order, looks again, and plans anew until none is left. */
export type Action =
  | { readonly kind: 'begin_stop' }
  | { readonly kind: 'start' }
  | { readonly kind: 'note_exit' }
  | { readonly kind: 'note_move'; readonly url: string }
  | { readonly kind: 'put_route'; readonly url: string }
  | { readonly kind: 'delete_route' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'settle' }

/**
 * What has to be done for one server, in order. Empty: everything is as wanted. Pure: the same facts give the same actions, whether the hub has
 * just been restarted, the proxy has lost its routes, a notebook has crashed or somebody has pressed a button.
 */
export function plan(facts: ServerFacts): readonly Action[] {
  const { state } = facts
  switch (state.kind) {
    case 'stopped':
    case 'failed':
      return facts.route === null ? [] : [{ kind: 'delete_route' }]
    case 'starting':
      return [{ kind: facts.desired === 'stopped' ? 'begin_stop' : 'start' }]
    case 'running':
      return planRunning(facts, state.url)
    case 'stopping':
      return planStopping(facts)
  }
  return state satisfies never
}

function planRunning(facts: ServerFacts, url: string): readonly Action[] {
  if (facts.desired === 'stopped') return [{ kind: 'begin_stop' }]
  if (facts.observed.kind !== 'running') return [{ kind: 'note_exit' }]
  if (facts.observed.url !== url) return [{ kind: 'note_move', url: facts.observed.url }]
  return facts.route === url ? [] : [{ kind: 'put_route', url }]
}

/**
 * The route goes first: nobody is to be sent to a server that is about to end. `stop` is asked for even when nothing is seen:
 * what a killed hub had just begun to make may not be visible yet, and must never come to life later.
 */
function planStopping(facts: ServerFacts): readonly Action[] {
  const routes: readonly Action[] = facts.route === null ? [] : [{ kind: 'delete_route' }]
  return [...routes, { kind: 'stop' }, { kind: 'settle' }]
}

/** A route as the proxy reports it. */
export type RouteFact = { readonly path: string; readonly target: string; readonly ours: boolean }

/** A route that has to exist. `leave`: the server behind it is on its way, so that whatever stands there stays. */
export type WantedRoute = { readonly path: string; readonly target: string; readonly leave?: boolean }

/** Which routes to put and which to delete, so that the proxy's table is as wanted. Routes of others are never touched. */
export function planRoutes(
  wanted: readonly WantedRoute[],
  actual: readonly RouteFact[],
): { readonly put: readonly WantedRoute[]; readonly remove: readonly string[] } {
  const found = new Map(actual.map((route) => [route.path, route]))
  const known = new Set(wanted.map((route) => route.path))
  return {
    put: wanted.filter((route) => route.leave !== true && found.get(route.path)?.target !== route.target),
    remove: actual.filter((route) => route.ours && !known.has(route.path)).map((route) => route.path),
  }
}
