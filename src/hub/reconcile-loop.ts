import { serverRoute } from '../core/addresses.ts'
import { dueServers, leaseOwners, releaseLeasesOf } from '../db/server-leases.ts'
import type { Server } from '../db/servers.ts'
import { namesOfUsers } from '../db/users.ts'
import { isCertainlyGone } from '../lib/process-identity.ts'
import { repeat } from '../lib/repeat.ts'
import { lookAt } from './drive-server.ts'
import type { Leases } from './lease.ts'
import { createRouteKeeper } from './route-keeper.ts'
import type { RouteKeeperDeps } from './route-keeper.ts'
import { createServerDrivers } from './server-drivers.ts'

/** Everything the loop needs. */
export type LoopDeps = RouteKeeperDeps & { readonly leases: Leases }

/** Pauses of the loop, milliseconds. Together they keep the promise that a dead server is noticed within 5 s and lost routes are back within 2 s. */
const every = { tick: 1_000, proxyLook: 400, activity: 60_000 } as const

/** Running servers are looked at in every second tick. */
const steadyEvery = 2

/** Servers that are looked at side by side. */
const lookWidth = 16

/** The one loop. */
export type ReconcileLoop = {
  /** Looks after all servers until `signal` aborts; resolves when everything that was begun has let go. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** This server wants attention now. */
  readonly wake: (serverId: number) => void
}

/** Makes the loop: the same rounds serve requests, hub restarts, proxy restarts, crashed servers and lost routes. */
export function createReconcileLoop(deps: LoopDeps): ReconcileLoop {
  const { db } = deps.database
  const drivers = createServerDrivers(deps)
  const keeper = createRouteKeeper(deps)
  let stop: AbortSignal | null = null
  let ticks = 0

  const tick = async (signal: AbortSignal): Promise<void> => {
    await releaseDeadOwners(deps)
    const due = await dueServers(db, deps.clock.now(), everyServer)
    const servers = ticks++ % steadyEvery === 0 ? due : due.filter((server) => !isSteady(server))
    const names = await namesOfUsers(
      db,
      servers.map((server) => server.userId),
    )
    const lookAfter = async (server: Server): Promise<void> => {
      if (drivers.isBusy(server.id)) return
      if (await needsDriving(deps, server, names.get(server.userId))) drivers.drive(server.id, signal)
    }
    await sideBySide(servers, lookAfter)
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    stop = signal
    await Promise.all([
      deps.spawner.watch?.(wake, signal),
      repeat(deps, { name: 'loop.proxy', pauseMs: every.proxyLook, work: keeper.mend }, signal),
      repeat(deps, { name: 'loop.tick', pauseMs: every.tick, work: tick }, signal),
      repeat(deps, { name: 'loop.activity', pauseMs: every.activity, work: keeper.noteActivity }, signal),
    ])
    await drivers.idle()
  }

  const wake = (serverId: number): void => {
    if (stop !== null) drivers.wake(serverId, stop)
  }

  return { run, wake }
}

const everyServer = 1_000_000

/** Runs, and is meant to. */
const isSteady = (server: Server): boolean => server.state.kind === 'running' && server.desired === 'running'

/** A running server that is as wanted needs no lease: it is only looked at. */
async function needsDriving(deps: LoopDeps, server: Server, userName: string | undefined): Promise<boolean> {
  if (!isSteady(server)) return true
  if (userName === undefined) return false
  const route = serverRoute(deps.singleUser, userName, server.name)
  return (await lookAt(deps, { server, route })).actions.length > 0
}

/** A hub of this machine that was killed holds its leases no longer than until the next tick of another. */
async function releaseDeadOwners({ database }: LoopDeps): Promise<void> {
  for (const owner of await leaseOwners(database.db)) {
    if (isCertainlyGone(owner)) await releaseLeasesOf(database.db, owner)
  }
}

/** Every item is worked on, whatever becomes of the others. Then rejects with the first failure, if there was one. */
async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const failures: unknown[] = []
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(Array.from({ length: lookWidth }, worker))
  if (failures.length > 0) throw new Error(`${failures.length} of ${items.length} servers could not be looked at`, { cause: failures[0] })
}
