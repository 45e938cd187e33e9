import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { holdExclusively } from '../db/exclusive-file.ts'
import { formatIdentity, isCertainlyGone, ownIdentity, startTimeOf } from '../lib/process-identity.ts'
import type { IsoTime, Ms } from '../core/time.ts'

/** What is noted about the running supervisor, for those who come later. */
export type InstanceRecord = {
  readonly pid: number
  readonly since: IsoTime
  /** Identities of its children, `host/boot/pid/start`. */
  readonly children: readonly string[]
}

/** The one supervisor of a data directory. */
export type Instance = {
  /** Notes which process a child is from now on. False when that could not be written. */
  note(name: string, pid: number): boolean
  release(): void
}

/** The lock, or what is known about the installation that holds it. */
export type InstanceResult =
  | { readonly ok: true; readonly instance: Instance }
  | { readonly ok: false; readonly other: InstanceRecord | null }

/** How long children of a dead supervisor may take until they have noticed, milliseconds. */
const orphanGraceMs: Ms = 5_000

/**
 * Makes this process the supervisor of the data directory, unless another one lives. Children of a dead one, which end by themselves, are
 * waited for, so that their ports are free; those that do not end are killed.
 */
export async function becomeInstance(dataDir: string, since: IsoTime, graceMs: Ms = orphanGraceMs): Promise<InstanceResult> {
  const [lockFile, recordFile] = [join(dataDir, 'supervisor.lock'), join(dataDir, 'supervisor.json')]
  const hold = holdExclusively(lockFile)
  const before = readRecord(recordFile)
  if (hold === null) return { ok: false, other: before }
  chmodSync(lockFile, 0o600)
  await endOrphans(before?.children ?? [], graceMs)
  const children = new Map<string, string>()
  const write = (): boolean => {
    const record: InstanceRecord = { pid: process.pid, since, children: [...children.values()] }
    try {
      writeFileSync(`${recordFile}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 })
      renameSync(`${recordFile}.new`, recordFile)
      return true
    } catch {
      return false
    }
  }
  const note = (name: string, pid: number): boolean => {
    children.set(name, formatIdentity({ ...ownIdentity(), pid, startTime: startTimeOf(pid) ?? '' }))
    return write()
  }
  write()
  const release = (): void => {
    rmSync(recordFile, { force: true })
    hold.release()
  }
  return { ok: true, instance: { note, release } }
}

function readRecord(path: string): InstanceRecord | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isRecord(value) ? value : null
  } catch {
    return null
  }
}

function isRecord(value: unknown): value is InstanceRecord {
  if (typeof value !== 'object' || value === null || !('pid' in value && 'since' in value && 'children' in value)) return false
  const { pid, since, children } = value
  return (
    typeof pid === 'number' && typeof since === 'string' && Array.isArray(children) && children.every((child) => typeof child === 'string')
  )
}

async function endOrphans(identities: readonly string[], graceMs: Ms): Promise<void> {
  if (await allGone(identities, graceMs)) return
  for (const identity of identities.filter(isHere)) {
    try {
      process.kill(pidOf(identity), 'SIGKILL')
    } catch {
      // Just gone, or of another account: then the port that it holds will be named.
    }
  }
  await allGone(identities, orphanGraceMs)
}

async function allGone(identities: readonly string[], withinMs: Ms): Promise<boolean> {
  const until = performance.now() + withinMs
  while (identities.some(isHere)) {
    if (performance.now() > until) return false
    await delay(10)
  }
  return true
}

/** True only when that very process runs on this machine. One of another machine or container is none of ours to end. */
function isHere(identity: string): boolean {
  const here = ownIdentity()
  const startTime = startTimeOf(pidOf(identity))
  if (startTime === null || isCertainlyGone(identity)) return false
  return identity === formatIdentity({ ...here, pid: pidOf(identity), startTime })
}

const pidOf = (identity: string): number => Number(identity.split('/')[2])
