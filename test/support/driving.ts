import { randomBytes } from 'node:crypto'
import type { Profile } from '../../src/core/profile-schema.ts'
import type { Database } from '../../src/db/database.ts'
import type { DriveDeps } from '../../src/hub/drive-context.ts'
import { noFaults } from '../../src/hub/faults.ts'
import { createLeases } from '../../src/hub/lease.ts'
import { createReconcileLoop } from '../../src/hub/reconcile-loop.ts'
import type { Routes } from '../../src/hub/routes.ts'
import { createServerSignals } from '../../src/hub/server-signals.ts'
import { createServers } from '../../src/hub/servers.ts'
import type { ServersDeps } from '../../src/hub/servers.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { silentLog } from '../../src/lib/log.ts'
import { createVault } from '../../src/lib/secrets.ts'
import type { Spawner } from '../../src/spawners/spawner.ts'
import { createGatedSpawner } from '../api/gated-spawner.ts'

/** Routes that nobody has to serve: the proxy has its own tests. */
function memoryRoutes(): Routes {
  const targets = new Map<string, string>()
  return {
    target: (path) => targets.get(path) ?? null,
    put: (route) => Promise.resolve(void targets.set(route.path, route.target)),
    remove: (path) => Promise.resolve(void targets.delete(path)),
    sync: () => Promise.resolve({ put: 0, removed: 0 }),
    stale: () => Promise.resolve(false),
    activity: () => [],
    syncedAt: () => systemClock.monotonic(),
  }
}

const usualOptions = { baseUrl: '/', allowNamedServers: true, namedServerLimitPerUser: 0, concurrentSpawnLimit: 0, activeServerLimit: 0 }

const usualTimeouts = { startTimeoutSeconds: 30, httpTimeoutSeconds: 30 }

/** How the servers of a test differ from the usual ones. */
export type DrivingOptions = {
  readonly database: Database
  readonly clock?: Clock
  readonly options?: ServersDeps['options']
  readonly profiles?: readonly Profile[]
  readonly timeouts?: DriveDeps['options']
  /** Puts something between the loop and its servers. */
  readonly between?: (spawner: Spawner) => Spawner
}

/** Servers that a test holds up and lets go, and the loop that drives them, wired as in the hub. */
export function createDriving(given: DrivingOptions) {
  const { database, clock = systemClock, options = usualOptions, timeouts = usualTimeouts, profiles = [], between } = given
  const gated = createGatedSpawner()
  const signals = createServerSignals(clock)
  const vault = createVault(randomBytes(32))
  const shared = { database, spawner: between?.(gated.spawner) ?? gated.spawner, vault, clock, signals, profiles, faults: noFaults }
  const drive: DriveDeps = {
    ...shared,
    log: silentLog,
    owner: 'test',
    routes: memoryRoutes(),
    singleUser: {
      baseUrl: options.baseUrl,
      apiUrl: 'http://127.0.0.1:1/hub/api',
      publicOrigin: null,
      clientAllowedScopes: [],
      cookieHostPrefix: false,
      cookieOptions: null,
    },
    options: timeouts,
  }
  const leases = createLeases({ database, clock, owner: drive.owner })
  const loop = createReconcileLoop({ ...drive, leases, hubRoute: { path: '/', target: 'http://127.0.0.1:1' } })
  const servers = createServers({ ...shared, ids: systemIds, memLimit: null, wake: (id) => loop.wake(id), options })

  /** Lets the loop run; the result ends it, and the servers. */
  const begin = (): (() => Promise<void>) => {
    const ending = new AbortController()
    const looping = loop.run(ending.signal)
    return async () => {
      gated.starts.open()
      gated.stops.open()
      ending.abort()
      await looping
      gated.closeAll()
    }
  }
  return { gated, signals, vault, servers, begin }
}
