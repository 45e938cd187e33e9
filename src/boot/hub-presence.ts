import { join } from 'node:path'
import { holdExclusively, holdShared } from '../db/exclusive-file.ts'
import type { Hold } from '../db/exclusive-file.ts'

const lockFile = (dataDir: string): string => join(dataDir, 'hub.lock')

/** A hub lives in the data directory, perhaps beside others. Throws one sentence while the installation is being restored. */
export function holdPresence(dataDir: string): Hold {
  const hold = holdShared(lockFile(dataDir))
  if (hold === null) throw new Error(`A backup is being restored in ${dataDir}. Start again when that is done.`)
  return hold
}

/** Keeps hubs away from the data directory. Throws one sentence when one lives there. */
export function holdAbsence(dataDir: string): Hold {
  const hold = holdExclusively(lockFile(dataDir))
  if (hold === null) throw new Error(`A hub runs in ${dataDir}. Stop it first; notebook servers may go on.`)
  return hold
}
