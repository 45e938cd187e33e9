import { createHmac } from 'node:crypto'
import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bindAddress } from '../core/option-schemas.ts'
import { readOrCreateSecret } from '../lib/data-dir.ts'
import { sha256Hex } from '../lib/secrets.ts'
import type { ProxyOptions } from '../proxy/options.ts'

/** Where hub and proxy of an installation talk about routes, and the token both know. */
export type ControlChannel = {
  readonly api: { readonly socketPath: string } | { readonly host: string; readonly port: number; readonly url: string }
  readonly token: string
}

/** Longest path of a unix socket that every system takes. */
const longestSocketPath = 100

/**
 * The control channel of an installation: what the options say, else a socket in the data directory, or in a private folder for
 * temporary files when its path would be too long for a socket. A token that nobody gave lies beside the socket: hub and proxy may have data
 * directories of their own.
 */
export async function controlChannel(options: ProxyOptions, dataDir: string): Promise<ControlChannel> {
  const { apiUrl } = options
  const shared = apiUrl?.startsWith('unix:/') === true ? dirname(apiUrl.slice('unix:'.length)) : dataDir
  const token = options.authToken ?? (await readOrCreateSecret(join(shared, 'proxy-token')))
  if (apiUrl === undefined) return { api: { socketPath: await privateSocket(dataDir) }, token }
  if (apiUrl.startsWith('unix:')) return { api: { socketPath: apiUrl.slice('unix:'.length) }, token }
  return { api: { ...bindAddress(apiUrl), url: apiUrl }, token }
}

/** What the proxy says with every request to the hub, so that the hub knows it. Derived: the token itself stays between the two ends of the channel. */
export const hubProof = ({ token }: Pick<ControlChannel, 'token'>): string =>
  createHmac('sha256', token).update('the proxy speaks to the hub').digest('hex')

async function privateSocket(dataDir: string): Promise<string> {
  const path = join(dataDir, 'proxy.sock')
  if (Buffer.byteLength(path) <= longestSocketPath) return path
  const folder = join(tmpdir(), `orrery-${sha256Hex(dataDir).slice(0, 16)}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { mode, uid } = await lstat(folder)
  if ((mode & 0o077) !== 0 || (process.getuid !== undefined && uid !== process.getuid()))
    throw new Error(`The folder ${folder} is open to others. Remove it, or set proxy.apiUrl.`)
  return join(folder, 'proxy.sock')
}
