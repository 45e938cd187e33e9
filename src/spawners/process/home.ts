import { execFile } from 'node:child_process'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HubError } from '../../core/errors.ts'
import type { Account } from './account.ts'
import { isCode } from './claim.ts'

const run = promisify(execFile)
const probeBytes = 65_536
let probes = 0

/**
 * Makes sure that the account can write to its home folder, by writing there for real.
 * Throws server_home_not_writable or server_disk_full, each with `path`.
 */
export async function prepareHome(account: Account): Promise<void> {
  try {
    if (account.makesHome) await mkdir(account.home, { recursive: true, mode: 0o700 })
    await (account.become.length === 0 ? writeProbe(account.home) : writeProbeAs(account))
  } catch (cause) {
    throw storageError(cause, account.home)
  }
}

/** A failed write as the error that a user understands. */
export function storageError(cause: unknown, path: string): HubError {
  if (cause instanceof HubError) return cause
  if (isCode(cause, 'ENOSPC', 'EDQUOT') || isFullText(cause)) return new HubError('server_disk_full', { path }, { cause })
  return new HubError('server_home_not_writable', { path }, { cause })
}

async function writeProbe(folder: string): Promise<void> {
  const path = join(folder, `.orrery-probe-${process.pid}-${(probes += 1)}`)
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(Buffer.alloc(probeBytes))
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}

/** The same write by the account itself: the hub's own rights say nothing about it. */
async function writeProbeAs({ become, home }: Account): Promise<void> {
  const [command = '', ...words] = become
  const script = 'umask 077; file=$1/.orrery-probe-$$; set -C; head -c "$2" /dev/zero > "$file"; code=$?; rm -f "$file"; exit "$code"'
  await run(command, [...words, '/bin/sh', '-c', script, 'sh', home, `${probeBytes}`], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    cwd: '/',
  })
}

const isFullText = (cause: unknown): boolean =>
  cause instanceof Error && 'stderr' in cause && typeof cause.stderr === 'string' && /No space left|quota exceeded/i.test(cause.stderr)
