import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** How long processes that were told to end may take to do so, milliseconds. */
const graceMs = 3_000

/**
 * Ends every process that still has to do with the folder: in its command line or its environment. Notebook servers have sessions of their own, so that
 * ending the process group of a test does not reach them.
 * @returns the command lines of those that had to be ended
 */
export async function endLeftBehind(folder: string): Promise<readonly string[]> {
  if (!existsSync('/proc/self/environ')) return []
  const deadline = performance.now() + graceMs
  while (processesOf(folder).length > 0 && performance.now() < deadline) await delay(50)
  return processesOf(folder).map(({ pid, command }) => {
    killQuietly(pid)
    return command
  })
}

function processesOf(folder: string): readonly { readonly pid: number; readonly command: string }[] {
  const pids = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid)
  return pids.flatMap((pid) => {
    const command = read(`/proc/${pid}/cmdline`)
    const isOurs = command.includes(folder) || read(`/proc/${pid}/environ`).includes(folder)
    return isOurs && command !== '' ? [{ pid, command: command.slice(0, 200).trim() }] : []
  })
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
