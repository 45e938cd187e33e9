import { HubError } from '../core/errors.ts'
import { toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import { findServerById, noteTrouble } from '../db/servers.ts'
import { pauseAfter } from '../lib/retry.ts'
import { driveServer } from './drive-server.ts'
import type { DriveDeps } from './drive-context.ts'
import type { Leases } from './lease.ts'

/** Servers that this hub is driving at this moment. */
export type ServerDrivers = {
  /** Drives the server unless that goes on already. */
  drive(serverId: number, signal: AbortSignal): void
  /** Drives the server now, or once more when that goes on already; a failure of before is forgotten. */
  wake(serverId: number, signal: AbortSignal): void
  /** Is driven, or failed a moment ago and is left alone for a while. */
  isBusy(serverId: number): boolean
  /** Resolves when nothing is driven any more. */
  idle(): Promise<void>
}

/** After a step failed the server is left alone: first this long, doubling to the longest pause. Milliseconds. */
const pauses = { firstMs: 500, longestMs: 30_000 }

/** Drivers that take each server's lease first. */
export function createServerDrivers(deps: DriveDeps & { readonly leases: Leases }): ServerDrivers {
  const { clock, log, leases, database, signals } = deps
  const driving = new Map<number, Promise<void>>()
  const failures = new Map<number, { readonly count: number; readonly until: Ms }>()
  const woken = new Set<number>()

  /** People who wait are told what stands in the way, by whichever hub they ask. */
  const tell = async (serverId: number, error: unknown): Promise<void> => {
    if (!(error instanceof HubError)) return
    const before = (await findServerById(database.db, serverId))?.trouble ?? null
    if (before?.failure.code === error.code) return
    await noteTrouble(database.db, serverId, { failure: { code: error.code, detail: error.detail }, since: toIso(clock.now()) })
    signals.changed(serverId)
  }

  const driveOnce = async (serverId: number, signal: AbortSignal): Promise<void> => {
    try {
      await leases.hold(serverId, signal, async ({ trouble }, held) => {
        await driveServer(deps, serverId, held)
        if (trouble !== null) await noteTrouble(database.db, serverId, null)
      })
      failures.delete(serverId)
    } catch (error) {
      if (signal.aborted) return
      const count = (failures.get(serverId)?.count ?? 0) + 1
      failures.set(serverId, { count, until: clock.monotonic() + pauseAfter(count, pauses) })
      log.error('server.step_failed', { serverId, count, error })
      await tell(serverId, error).catch(() => {})
    }
  }

  const drive = (serverId: number, signal: AbortSignal): void => {
    if (driving.has(serverId) || signal.aborted) return
    woken.delete(serverId)
    const done = driveOnce(serverId, signal).finally(() => {
      driving.delete(serverId)
      if (woken.has(serverId)) drive(serverId, signal)
    })
    driving.set(serverId, done)
  }

  const wake = (serverId: number, signal: AbortSignal): void => {
    failures.delete(serverId)
    if (driving.has(serverId)) woken.add(serverId)
    else drive(serverId, signal)
  }

  return {
    drive,
    wake,
    isBusy: (serverId) => driving.has(serverId) || (failures.get(serverId)?.until ?? 0) > clock.monotonic(),
    idle: async () => {
      await Promise.allSettled(driving.values())
    },
  }
}
