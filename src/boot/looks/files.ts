import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { Finding } from '../../core/findings.ts'
import { judgeModes, type PrivateFile } from '../../core/judge-installation.ts'
import type { LoadedConfig } from '../load-config.ts'

const secretFiles = ['cookie-secret', 'vault-key', 'proxy-token'] as const

/** Whether the data directory, the secrets, the database and the private key are for the hub alone. */
export async function lookAtFiles({ config, dataDir }: LoadedConfig): Promise<readonly Finding[]> {
  const key = await modeOf(config.proxy.tls?.key, 'key')
  const [folder] = await modeOf(dataDir, 'folder')
  if (folder === undefined) return [{ code: 'data_dir_new', detail: { path: dataDir } }, ...judgeModes(key)]
  const secrets = [...secretFiles.map((name) => join(dataDir, name)), config.hub.cookieSecretFile]
  const database = databaseFile(config.database.url, dataDir)
  const kept = [
    folder,
    ...(await Promise.all(secrets.map((path) => modeOf(path, 'secret')))).flat(),
    ...(await modeOf(database, 'database')),
  ]
  const open = judgeModes([...kept, ...key])
  const closed: readonly Finding[] = open.length === 0 ? [{ code: 'files_closed', detail: { path: dataDir } }] : []
  return [...(await lookAtRights(dataDir)), ...open, ...closed]
}

/** Path of the SQLite file; undefined for other databases. */
export function databaseFile(url: string, dataDir: string): string | undefined {
  if (!url.startsWith('sqlite:') || url === 'sqlite::memory:') return undefined
  return resolve(dataDir, url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, ''))
}

async function modeOf(path: string | undefined, role: PrivateFile['role']): Promise<readonly PrivateFile[]> {
  const found = path === undefined ? null : await stat(path).catch(() => null)
  return path === undefined || found === null ? [] : [{ path, mode: found.mode, role }]
}

async function lookAtRights(path: string): Promise<readonly Finding[]> {
  try {
    await access(path, constants.W_OK | constants.X_OK)
    return []
  } catch {
    return [{ code: 'data_dir_not_writable', detail: { path, account: userInfo().username } }]
  }
}
