import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { HubError } from '../../core/errors.ts'
import { keptName, userSlug } from '../../core/names.ts'
import { fillTemplate } from '../../core/single-user-env.ts'
import type { ServerRef } from '../spawner.ts'
import { findCommand } from './command.ts'
import type { ProcessOptions } from './options.ts'

const run = promisify(execFile)
/** `nobody`: files of accounts that are unknown here belong to it. */
const overflowUid = 65_534
const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin'

/** Who runs a server, and where at home. */
export type Account = {
  readonly name: string
  readonly home: string
  readonly shell: string
  /** Words before a command that make it run as the account; empty for the account of the hub. */
  readonly become: readonly string[]
  /** Whether the spawner makes the home folder when it is missing. */
  readonly makesHome: boolean
}

/**
 * The account that a user's servers run as.
 * Throws server_account_missing when the machine has none of the name, spawner_failed when it may not be used or the hub is not root.
 */
export async function accountOf(
  owner: Pick<ServerRef, 'userName' | 'homeName'>,
  options: ProcessOptions,
  dataDir: string,
): Promise<Account> {
  if (options.systemUsers) return await systemAccount(owner.userName, options)
  return { name: owner.userName, home: homeOf(owner, options, dataDir), shell: '/bin/bash', become: [], makesHome: true }
}

/** Home folder of somebody who has no account of the machine. */
export function homeOf({ homeName }: Pick<ServerRef, 'homeName'>, { homeTemplate }: ProcessOptions, dataDir: string): string {
  const slug = userSlug(homeName)
  if (homeTemplate === undefined) return join(dataDir, 'homes', slug)
  return fillTemplate(homeTemplate, { username: keptName(homeName), slug, userslug: slug })
}

/** Throws spawner_failed when the account may not run the program: what root may do says nothing about others. */
export async function refuseClosedCommand({ name, become }: Account, path: string): Promise<void> {
  const [setpriv, ...words] = become
  if (setpriv === undefined) return
  try {
    await run(setpriv, [...words, 'test', '-x', path], { env: { PATH: systemPath }, cwd: '/' })
  } catch (cause) {
    throw new HubError('spawner_failed', { reason: `the account ${name} may not run ${path}` }, { cause })
  }
}

async function systemAccount(userName: string, options: ProcessOptions): Promise<Account> {
  if (process.getuid?.() !== 0) throw new HubError('spawner_failed', { reason: 'spawner.systemUsers needs a hub that runs as root' })
  const [name, , uid = '', gid = '', , home = '', shell = ''] = (await passwdLine(userName)).trim().split(':')
  // A number is looked up as an id: only the very name counts.
  if (name !== userName) throw new HubError('server_account_missing', { user: userName })
  if (Number(uid) < options.minimumUid || Number(uid) === overflowUid)
    throw new HubError('spawner_failed', { reason: `the account ${userName} belongs to the system` })
  const setpriv = await findCommand('setpriv', systemPath)
  if (setpriv === null) throw new HubError('spawner_failed', { reason: 'spawner.systemUsers needs the command setpriv of util-linux' })
  const privileges = options.noNewPrivileges ? ['--no-new-privs'] : []
  const become = [setpriv, '--reuid', uid, '--regid', gid, '--init-groups', ...privileges, '--']
  return { name: userName, home, shell: shell || '/bin/sh', become, makesHome: false }
}

async function passwdLine(userName: string): Promise<string> {
  try {
    const { stdout } = await run('getent', ['--', 'passwd', userName])
    return stdout
  } catch (cause) {
    throw new HubError('server_account_missing', { user: userName }, { cause })
  }
}
