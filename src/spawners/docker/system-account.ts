import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { HubError } from '../../core/errors.ts'
import { fillTemplate } from '../../core/single-user-env.ts'
import type { StartSpec } from '../spawner.ts'
import type { SystemAccount } from './create-spec.ts'
import { nameFields } from './names.ts'
import type { DockerOptions } from './options.ts'

const run = promisify(execFile)

/** The account of this machine that a container runs as; null without systemUsers. Throws server_account_missing. */
export async function systemAccountOf(spec: StartSpec, options: DockerOptions): Promise<SystemAccount | null> {
  if (!options.systemUsers) return null
  const [name, , uid = '', gid = ''] = (await passwdLine(spec.userName)).trim().split(':')
  // A number is looked up as an id: only the very name counts.
  if (name !== spec.userName || uid === '' || Number(uid) === 0) throw new HubError('server_account_missing', { user: spec.userName })
  return { uid: Number(uid), gid: Number(gid), home: fillTemplate(options.imageHomedir, nameFields(spec, options)) }
}

async function passwdLine(userName: string): Promise<string> {
  try {
    const { stdout } = await run('getent', ['--', 'passwd', userName])
    return stdout
  } catch (cause) {
    throw new HubError('server_account_missing', { user: userName }, { cause })
  }
}
