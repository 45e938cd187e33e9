import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Observation } from '../../core/server-state.ts'
import { toIso, type IsoTime } from '../../core/time.ts'
import { filesOf, type ProcessHandle } from './handle.ts'
import { isAlive, type Identity } from './processes.ts'

/** Who holds the right to run under a handle: nobody yet, nobody ever more, or one launcher. */
export type Claim =
  | { readonly kind: 'free' }
  | { readonly kind: 'void' }
  | { readonly kind: 'held'; readonly leader: Identity; readonly url: string }

const voidText = 'void'
const keptGenerations = 20

/** Makes the folder of the claims. */
export async function openFolder(handle: ProcessHandle): Promise<void> {
  await mkdir(handle.folder, { recursive: true, mode: 0o700 })
}

/** Reads the claim; the handle's own note counts when the claim was lost with its folder. */
export async function readClaim(handle: ProcessHandle): Promise<Claim> {
  const [pid = '', startTime = '', boot = '', url = ''] = ((await textOrNull(filesOf(handle).claim)) ?? '').trim().split(' ')
  if (url !== '') return { kind: 'held', leader: { pid: Number(pid), startTime, boot }, url }
  if (handle.leader !== undefined && handle.url !== undefined) return { kind: 'held', leader: handle.leader, url: handle.url }
  return { kind: pid === '' ? 'free' : 'void' }
}

/** Takes the claim so that no launcher can have it any more; returns who had it before. */
export async function voidClaim(handle: ProcessHandle): Promise<Claim> {
  await openFolder(handle)
  const draft = join(handle.folder, `${handle.generation}.draft.void.${process.pid}`)
  await writeFile(draft, `${voidText}\n`)
  try {
    await link(draft, filesOf(handle).claim)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  return await readClaim(handle)
}

/** Leaves an empty file that says that something happened. */
export async function mark(path: string): Promise<void> {
  await (await open(path, 'a', 0o600)).close()
}

/** Whether the file is there. */
export const isMarked = async (path: string): Promise<boolean> => (await textOrNull(path)) !== null

/** How a run that held its claim ended. `killedByKernel` tells whether the kernel has ended processes for want of memory since the start. */
export async function readEnd(handle: ProcessHandle, killedByKernel: () => Promise<boolean>): Promise<Observation & { kind: 'exited' }> {
  const files = filesOf(handle)
  if (await isMarked(files.memory)) return { kind: 'exited', exitCode: 137, signal: 'SIGKILL', outOfMemory: true }
  const text = (await textOrNull(files.exit))?.trim() ?? ''
  if (text === '') return { kind: 'exited', exitCode: null, signal: null, outOfMemory: false }
  const exitCode = Number(text)
  const signal = signalName(exitCode)
  return { kind: 'exited', exitCode, signal, outOfMemory: signal === 'SIGKILL' && (await killedByKernel()) }
}

/** When a run ended, by the launcher's note; `now` when it has written none. */
export async function endedAt(handle: ProcessHandle, now: IsoTime): Promise<IsoTime> {
  const note = await stat(filesOf(handle).exit).catch(() => null)
  return note === null ? now : toIso(Math.floor(note.mtimeMs))
}

/** True while the claim's own process lives. */
export const holderLives = (claim: Claim): boolean => claim.kind === 'held' && isAlive(claim.leader)

/** Removes what older runs left: everything but the claims of the last ones, which keep late launchers from living. */
export async function prune(handle: ProcessHandle): Promise<void> {
  await removeFiles(
    handle,
    (file) => file.generation < handle.generation - keptGenerations || (file.generation < handle.generation && !file.isClaim),
  )
}

/** Removes what is kept of this run and older ones. Claims stay while a newer run has files here; else the folder goes, moved first (see launch.sh). */
export async function forgetRuns(handle: ProcessHandle): Promise<void> {
  const isNewer = (name: string): boolean => generationOf(name) > handle.generation
  const names = await listFolder(handle)
  if (names.some(isNewer)) return await removeFiles(handle, (file) => file.generation <= handle.generation && !file.isClaim)
  const gone = `${handle.folder}.gone`
  await rm(gone, { recursive: true, force: true })
  await rename(handle.folder, gone).catch(ignoreMissing)
  await rm(gone, { recursive: true, force: true })
}

async function removeFiles(handle: ProcessHandle, isOld: (file: { generation: number; isClaim: boolean }) => boolean): Promise<void> {
  for (const name of await listFolder(handle)) {
    if (isOld({ generation: generationOf(name), isClaim: name.endsWith('.claim') })) await rm(join(handle.folder, name), { force: true })
  }
}

function ignoreMissing(error: unknown): void {
  if (!isCode(error, 'ENOENT')) throw error
}

const generationOf = (name: string): number => Number.parseInt(name, 10)

async function listFolder(handle: ProcessHandle): Promise<string[]> {
  try {
    return await readdir(handle.folder)
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
}

/** Text of a file, or null when it is not there. */
export async function textOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  }
}

/** True for a system error of that code. */
export const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)

/** A shell tells the death by signal N as 128 + N. */
function signalName(exitCode: number): string | null {
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0] ?? null
}
