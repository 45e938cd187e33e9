import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { HubError } from '../../core/errors.ts'
import { filesOf, type ProcessHandle } from './handle.ts'

const launcher = fileURLToPath(new URL('launch.sh', import.meta.url))
/** Goes to the folder before it becomes the command; runs as the account, which may enter folders that the hub may not. */
const enter = 'cd "$1" 2> /dev/null || cd /; unset OLDPWD SHLVL; shift; exec "$@"'

/** What to run, as whom and with which environment. */
export type Launch = {
  readonly url: string
  readonly become: readonly string[]
  readonly home: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Starts the launcher in a session of its own and resolves when it has decided the claim, or is gone. Look at the claim to see who won.
 * The launcher and its server do not depend on this process: their output goes straight to the log.
 */
export async function launch(handle: ProcessHandle, what: Launch, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const log = await open(filesOf(handle).log, 'a', 0o600)
  try {
    const command = [...what.become, '/bin/sh', '-c', enter, 'sh', what.home, ...what.command]
    const child = spawn('/bin/sh', [launcher, `${handle.generation}`, handle.folder, what.url, ...command], {
      // In a folder that was removed meanwhile the launcher fails, even when there is a new one of the same name.
      cwd: handle.folder,
      env: what.environment,
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    })
    child.unref()
    const decided = child.stdio[3]
    if (decided === null || decided === undefined || !('resume' in decided))
      throw new HubError('spawner_failed', { reason: 'no pipe to the launcher' })
    const failed = once(child, 'error', { signal }).then(([error]) =>
      Promise.reject(new HubError('spawner_failed', { reason: 'the launcher did not start' }, { cause: error })),
    )
    decided.resume()
    await Promise.race([once(decided, 'end', { signal }), failed])
    decided.destroy()
  } finally {
    await log.close()
  }
}
