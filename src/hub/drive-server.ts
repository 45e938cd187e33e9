import { plan } from '../core/reconcile.ts'
import type { Action } from '../core/reconcile.ts'
import type { Observation } from '../core/server-state.ts'
import { move, readDriven, routeOf } from './drive-context.ts'
import type { DriveDeps, Driven } from './drive-context.ts'
import { driveStart } from './drive-start.ts'
import { beginStop, deleteRoute, noteExit, settle, stopReal } from './drive-stop.ts'

type Look = { readonly observed: Observation; readonly actions: readonly Action[] }

/**
 * Looks at the real thing and says what has to be done. Only a running server is looked at: a start adopts what is there and a stop ends it, whatever
 * it is, and both say what is wrong when nothing can be seen at all.
 */
export async function lookAt(deps: DriveDeps, { server, route }: Pick<Driven, 'server' | 'route'>): Promise<Look> {
  const isSeen = server.handle !== null && server.state.kind === 'running'
  const observed: Observation = isSeen ? await deps.spawner.observe(server.handle) : { kind: 'absent' }
  return { observed, actions: plan({ desired: server.desired, state: server.state, observed, route: deps.routes.target(route) }) }
}

/**
 * Brings one server to what is wanted, under its lease: look, plan, act, until nothing is left to do.
 * Rejects when a step fails (the caller tries again later) and when `signal` aborts.
 */
export async function driveServer(deps: DriveDeps, serverId: number, signal: AbortSignal): Promise<void> {
  while (true) {
    signal.throwIfAborted()
    const driven = await readDriven(deps, serverId, signal)
    if (driven === null) return
    const { observed, actions } = await lookAt(deps, driven)
    if (actions.length === 0) return
    for (const action of actions) await act(deps, driven, action, observed)
  }
}

async function act(deps: DriveDeps, driven: Driven, action: Action, observed: Observation): Promise<void> {
  const { server, userName, route, signal } = driven
  switch (action.kind) {
    case 'start':
      await deps.faults('start.leased')
      return driveStart(deps, driven)
    case 'begin_stop':
      await deps.faults('stop.leased')
      return beginStop(deps, driven)
    case 'note_exit':
      return noteExit(deps, driven, observed)
    case 'note_move':
      await move(deps, driven, { event: { kind: 'moved', url: action.url }, step: null })
      return
    case 'put_route':
      return deps.routes.put(routeOf(server.name, userName, route, action.url), signal)
    case 'delete_route':
      return deleteRoute(deps, driven)
    case 'stop':
      return stopReal(deps, driven)
    case 'settle':
      return settle(deps, driven)
  }
  action satisfies never
}
