import { toIso } from './time.ts'
import type { IsoTime, Ms } from './time.ts'

/** Files of a server that are measured now and then, because counting them takes long. */
export type DiskUse = { readonly bytes: number; readonly at: IsoTime }

/** One measurement of a server. */
export type Reading = {
  /** By the clock of who measured. */
  readonly at: Ms
  /** Processor time since the server began, all cores together. */
  readonly cpuSeconds: number
  /** Cores that it may use; null: as many as there are. */
  readonly cpuLimit: number | null
  /** Without what the system keeps of files and gives back when it is needed. */
  readonly memoryBytes: number
  /** Null: as much as the machine has. */
  readonly memoryLimitBytes: number | null
  /** What it keeps; null: not known. */
  readonly disk: DiskUse | null
  /** When a program in it was ended for want of memory, while the server itself lived on; null: not that anybody saw. */
  readonly memoryKillAt: IsoTime | null
}

/** What a server uses. */
export type Usage = Omit<Reading, 'at' | 'cpuSeconds'> & {
  readonly at: IsoTime
  /** Cores in use between the last two measurements; null after only one. */
  readonly cores: number | null
}

/** Two readings that are closer than this say nothing of a rate. */
const shortestGapMs = 50

/** What `now` says, together with the reading before it. */
export function usageOf(before: Reading | null, now: Reading): Usage {
  const { at, cpuSeconds, ...rest } = now
  const ms = before === null ? 0 : at - before.at
  const cores = before === null || ms < shortestGapMs ? null : Math.max(0, (cpuSeconds - before.cpuSeconds) / (ms / 1000))
  return { ...rest, at: toIso(at), cores }
}

/** Share of a limit from which on something counts as almost full. */
const almostShare = 0.9

/** True when little is left. */
export const isAlmostFull = (bytes: number, limitBytes: number | null): boolean => limitBytes !== null && bytes >= limitBytes * almostShare
