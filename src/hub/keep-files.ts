import { dirname } from 'node:path'
import type { ErrorRecord } from '../core/errors.ts'
import { HubError } from '../core/errors.ts'
import { nextLeftFilesStep, settledState } from '../core/left-files.ts'
import type { LeftFiles } from '../core/left-files.ts'
import { toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import { appendAudit } from '../db/audit.ts'
import type { Database, Db } from '../db/database.ts'
import {
  acquireLeftFiles,
  dueLeftFiles,
  findLeftFiles,
  leftFilesOwners,
  listLeftFiles,
  releaseLeftFiles,
  releaseLeftFilesOf,
  renewLeftFiles,
  updateLeftFilesUnderLease,
} from '../db/left-files.ts'
import type { LeftFilesPatch } from '../db/left-files.ts'
import { listUsers } from '../db/users.ts'
import { writeArchive } from '../lib/archive-file.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { isCertainlyGone } from '../lib/process-identity.ts'
import { pauseAfter } from '../lib/retry.ts'
import type { FilesOwner, Spawner } from '../spawners/spawner.ts'
import type { Faults } from './faults.ts'
import { leasesOn } from './lease.ts'

/** What looking after left files needs. `owner` names this process among all hubs. */
export type FilesKeeperDeps = {
  readonly database: Database
  readonly spawner: Spawner
  readonly clock: Clock
  readonly log: Log
  readonly faults: Faults
  readonly owner: string
}

/** Pauses after failures in a row, milliseconds. */
const pauses = { firstMs: 2_000, longestMs: 600_000 }
/** How often a waiting reader looks, milliseconds. */
const lookMs: Ms = 100

/** Looks after the files of people who are gone. */
export type FilesKeeper = ReturnType<typeof createFilesKeeper>

/** Does what was asked for with the files of people who are gone, one after the other. A hub that dies in the middle is followed by one that looks first. */
export function createFilesKeeper(deps: FilesKeeperDeps) {
  const { database, clock } = deps
  const { db } = database
  const leases = leasesOn<LeftFiles>(deps, {
    acquire: (lease) => acquireLeftFiles(db, lease),
    renew: (lease) => renewLeftFiles(db, lease),
    release: (id, by) => releaseLeftFiles(db, id, by),
  })

  /** What a hub of this machine held that was killed before this one began. */
  let isFirst = true
  const releaseDeadOwners = async (): Promise<void> => {
    for (const holder of await leftFilesOwners(db)) if (isCertainlyGone(holder)) await releaseLeftFilesOf(db, holder)
    isFirst = false
  }

  return {
    /** One round: everything that is due. */
    tick: async (signal: AbortSignal): Promise<void> => {
      if (isFirst) await releaseDeadOwners()
      for (const id of await dueLeftFiles(db, clock.now())) {
        signal.throwIfAborted()
        await leases.hold(id, signal, (left, held) => lookAfter(deps, left, held))
      }
    },
    /** The files with that id as soon as nothing is left to do, a try has failed, or the time is up. */
    settled: async (id: number, ms: Ms, signal: AbortSignal): Promise<LeftFiles | null> => {
      const until = clock.monotonic() + ms
      while (true) {
        const left = await findLeftFiles(db, id)
        if (left?.state !== 'waiting' || left.failure !== null || clock.monotonic() >= until) return left
        await clock.sleep(lookMs, signal)
      }
    },
  }
}

/** Goes on until everything is done; a failure is noted with the time of the next try. */
async function lookAfter(deps: FilesKeeperDeps, left: LeftFiles, signal: AbortSignal): Promise<void> {
  await deps.faults('files.leased')
  try {
    await bring(deps, left, signal)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Overtaken) return
    const failure = failureOf(left, error)
    const failures = left.failures + 1
    deps.log.warn('files.failed', {
      user: left.userName,
      home: left.homeName,
      fate: left.fate,
      code: failure.code,
      ...failure.detail,
      error,
    })
    await write(deps, deps.database.db, left, { failure, failures, retryAt: toIso(deps.clock.now() + pauseAfter(failures, pauses)) })
  }
}

async function bring(deps: FilesKeeperDeps, left: LeftFiles, signal: AbortSignal): Promise<void> {
  const { files } = deps.spawner
  const owner = await ownerOf(deps, left)
  const found = await files.find(owner, signal)
  const step = nextLeftFilesStep(left, found)
  if (step === 'settle') return await settle(deps, left, found, [])
  if (step === 'archive') return await bring(deps, await archiveOwn(deps, left, owner, found.own, signal), signal)
  await files.remove(owner, found.own, signal)
  await deps.faults('files.removed')
  await settle(deps, left, await files.find(owner, signal), found.own)
}

/** Nothing is removed before the file is whole, was read again, and is noted. */
async function archiveOwn(
  deps: FilesKeeperDeps,
  left: LeftFiles,
  owner: FilesOwner,
  own: readonly string[],
  signal: AbortSignal,
): Promise<LeftFiles> {
  if (left.archive === null) throw new HubError('internal', { reference: 'archive without a place' })
  try {
    const { entries, bytes } = await writeArchive(await deps.spawner.files.pack(owner, own, signal), left.archive, signal)
    deps.log.info('files.archived', { user: left.userName, archive: left.archive, entries, bytes })
  } catch (error) {
    signal.throwIfAborted()
    const reason = reasonOf(error)
    throw new HubError('files_archive_failed', { user: left.userName, reason, folder: dirname(left.archive) }, { cause: error })
  }
  const patch = { archivedAt: toIso(deps.clock.now()) }
  await write(deps, deps.database.db, left, patch)
  await deps.faults('files.archived')
  return { ...left, ...patch }
}

async function settle(deps: FilesKeeperDeps, left: LeftFiles, found: LeftFiles['found'], removed: readonly string[]): Promise<void> {
  const now = deps.clock.now()
  // Without files there was nothing to put into an archive.
  const archive = left.archivedAt === null ? null : left.archive
  await deps.database.transaction(async (tx) => {
    await write(deps, tx, left, { state: settledState(found), found, archive, failure: null, failures: 0, retryAt: null })
    if (removed.length === 0) return
    const detail = { archive, removed: [...removed], leftAlone: found.leftAlone.map(({ name }) => name) }
    await appendAudit(tx, {
      actor: left.askedBy,
      action: archive === null ? 'files.delete' : 'files.archive',
      target: left.userName,
      detail,
      now,
    })
  })
  deps.log.info('files.settled', { user: left.userName, fate: left.fate, removed: removed.length, leftAlone: found.leftAlone.length })
}

/** Throws Overtaken. */
async function write({ owner }: FilesKeeperDeps, tx: Db, { id, fate }: LeftFiles, patch: LeftFilesPatch): Promise<void> {
  if (!(await updateLeftFilesUnderLease(tx, { id, owner, fate }, patch))) throw new Overtaken('the files are in other hands')
}

/** Somebody else goes on with the files, or has decided otherwise. */
class Overtaken extends Error {}

/** Everybody else who has files: accounts, and others who are gone. */
async function ownerOf({ database: { db } }: FilesKeeperDeps, left: LeftFiles): Promise<FilesOwner> {
  const users = (await listUsers(db)).items.map((user) => ({ userName: user.name, homeName: user.homeName }))
  const gone = (await listLeftFiles(db, ['waiting', 'kept'])).filter(({ id }) => id !== left.id)
  const { userName, homeName, serverNames } = left
  return { userName, homeName, serverNames, others: [...users, ...gone.map((one) => ({ userName: one.userName, homeName: one.homeName }))] }
}

function failureOf(left: LeftFiles, error: unknown): ErrorRecord {
  if (error instanceof HubError) return { code: error.code, detail: error.detail }
  return { code: 'files_removal_failed', detail: { user: left.userName, reason: reasonOf(error) } }
}

/** One line of why. */
function reasonOf(error: unknown): string {
  const text = error instanceof HubError ? error.message : error instanceof Error ? error.message : 'unknown'
  return text
    .replace(/\s+/g, ' ')
    .slice(0, 300)
    .replace(/[.:\s]+$/, '')
}
