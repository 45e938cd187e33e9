import { execFile } from 'node:child_process'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
/** Programs of the system are not always on the path of root. */
const run = (command: string, words: readonly string[]) =>
  exec(command, words, { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } })

/** A small disk of its own, made from a file. `reason`: why this machine has none to give. */
export type LoopDisk =
  | { readonly ok: true; readonly device: string; readonly close: () => Promise<void> }
  | { readonly ok: false; readonly reason: string }

/** Makes a disk of so many megabytes with an ext4 that belongs to the notebook user (1000:100), to the last block. */
export async function openLoopDisk(megabytes: number): Promise<LoopDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-disk-'))
  const file = join(folder, 'disk')
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await writeFile(file, '')
    await truncate(file, megabytes * 1_048_576)
    await run('mkfs.ext4', ['-q', '-F', '-m', '0', '-E', 'root_owner=1000:100', file])
    const { stdout } = await run('losetup', ['--find', '--show', file])
    const device = stdout.trim()
    const close = async (): Promise<void> => {
      await run('losetup', ['--detach', device])
      await remove()
    }
    return { ok: true, device, close }
  } catch (error) {
    await remove()
    return { ok: false, reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown' }
  }
}
