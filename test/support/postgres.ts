import { execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Client } from 'pg'
import { toolPath } from './machine.ts'
import { until } from './until.ts'

type Cluster = { readonly folder: string }
type Account = { readonly uid: number; readonly gid: number }

let running: Promise<Cluster> | null = null
let databases = 0

/**
 * URL of a new PostgreSQL database: empty, or a copy of the one whose URL is given (nobody may be connected to that). The first call starts a private cluster (no TCP port, a socket in a temporary folder) that ends with
 * the test process. Requires `needs('postgresql')`.
 */
export async function freshPostgresUrl(copyOf: string | null = null): Promise<string> {
  running ??= startCluster()
  const { folder } = await running
  databases += 1
  const name = `test_${databases}`
  const client = new Client({ host: folder, user: 'postgres', database: 'postgres' })
  await client.connect()
  await client.query(`create database ${name} template ${copyOf === null ? 'template1' : new URL(copyOf).pathname.slice(1)}`)
  await client.end()
  return `postgres://postgres@${encodeURIComponent(folder)}/${name}`
}

async function startCluster(): Promise<Cluster> {
  const initdb = toolPath('postgresql')
  const account = serverAccount()
  const folder = mkdtempSync(join(tmpdir(), 'pg-'))
  if (account !== null) chownSync(folder, account.uid, account.gid)
  const data = join(folder, 'data')
  const as = account ?? {}
  // An order that is not that of bytes, as most installations have it: shows queries that rely on the one or the other.
  const locale = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US']
  const initArgs = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync', '-E', 'UTF8', ...locale, '--no-instructions']
  execFileSync(initdb, initArgs, { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off', 'max_connections=60', 'shared_buffers=16MB']
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const server = spawn(join(dirname(initdb), 'postgres'), args, { ...as, cwd: folder, stdio: 'ignore' })
  server.unref()
  process.once('exit', () => {
    server.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  await until(() => answers(folder))
  return { folder }
}

/** The server refuses to run as root: Debian's package brings an account for it. */
function serverAccount(): Account | null {
  if (process.getuid?.() !== 0) return null
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function answers(folder: string): Promise<boolean> {
  const client = new Client({ host: folder, user: 'postgres', database: 'postgres' })
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}
