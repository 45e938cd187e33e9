import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ErrorCode } from '../../src/core/errors.ts'
import type { ProcessOptions } from '../../src/spawners/process/options.ts'
import { openTinyHub } from './tiny-hub.ts'

const run = promisify(execFile)
const script = (name: string): string => fileURLToPath(new URL(`failing-servers/${name}`, import.meta.url))
const light = [process.execPath, fileURLToPath(new URL('light-server.mjs', import.meta.url))]
const isRoot = process.getuid?.() === 0

/** Options of the process spawner under which every start fails, and how to take away what they need. */
export type Failing = { readonly options: Partial<ProcessOptions>; readonly close: () => Promise<void> }

/** One way to fail for real. */
export type FailingServer = {
  readonly name: string
  readonly code: ErrorCode
  /** Why it cannot be done here, or null when it can. */
  readonly missing: string | null
  readonly open: () => Promise<Failing>
}

const nothing = (): Promise<void> => Promise.resolve()
const plain = (name: string, code: ErrorCode, options: Partial<ProcessOptions>): FailingServer => ({
  name,
  code,
  missing: null,
  open: () => Promise.resolve({ options, close: nothing }),
})
const python = process.env['ORRERY_PYTHON_BIN']
const needsPython = python === undefined ? 'ORRERY_PYTHON_BIN is not set' : null

/** Every kind of failed start, each by a real command on a real machine. */
export const failingServers: readonly FailingServer[] = [
  plain('the command is nowhere', 'server_command_not_found', { cmd: ['jupyterhub-singleuser-of-nowhere'] }),
  plain('the command is a path to nothing', 'server_command_not_found', { cmd: ['/nowhere/jupyterhub-singleuser'] }),
  plain('the interpreter of the command is nowhere', 'server_command_not_found', { cmd: [script('no-interpreter.sh')] }),
  plain('the command exits at once', 'server_exited_early', { cmd: [script('exits-at-once.sh')] }),
  plain('the server listens on another port', 'server_wrong_port', {
    cmd: [process.execPath, script('listens-elsewhere.ts')],
    httpTimeoutSeconds: 1,
  }),
  plain('the server never listens', 'server_never_answered', { cmd: [script('never-listens.sh')], httpTimeoutSeconds: 1 }),
  plain('the server listens and stays silent', 'server_never_answered', {
    cmd: [process.execPath, script('never-answers.ts')],
    httpTimeoutSeconds: 1,
  }),
  plain('the server answers with errors only', 'server_never_answered', {
    cmd: [process.execPath, script('answers-badly.ts')],
    httpTimeoutSeconds: 1,
  }),
  plain('the server uses more memory than it may', 'server_out_of_memory', {
    cmd: [process.execPath, script('eats-memory.ts')],
    memLimit: 200 * 1024 * 1024,
  }),
  {
    ...plain('Python runs out of memory', 'server_out_of_memory', { cmd: [join(python ?? '', 'python3'), script('memory-error.py')] }),
    missing: needsPython,
  },
  { name: 'the version of the hub is none', code: 'server_version_refused', missing: needsPython, open: () => oddHub('orrery-1') },
  plain('the server has a token of its own', 'server_token_refused', {
    cmd: light,
    environment: { JUPYTERHUB_API_TOKEN: '0123456789abcdef0123456789abcdef' },
  }),
  { name: 'the home folder is read-only', code: 'server_home_not_writable', missing: null, open: readOnlyHome },
  { name: 'the disk is full', code: 'server_disk_full', missing: isRoot ? null : 'only root can mount a small disk', open: fullDisk },
  {
    name: 'the configured port is taken',
    code: 'server_port_taken',
    missing: null,
    open: () => takenPort((port) => ({ cmd: light, port })),
  },
  {
    name: 'the port is taken before the server listens',
    code: 'server_port_taken',
    missing: null,
    open: () => takenPort((port) => ({ cmd: light, environment: { JUPYTERHUB_SERVICE_URL: `http://127.0.0.1:${port}/user/x/` } })),
  },
]

/** A hub whose version the real single-user server cannot read. */
async function oddHub(version: string): Promise<Failing> {
  const hub = await openTinyHub('anybody', { version })
  return { options: { cmd: ['jupyterhub-singleuser'], environment: { JUPYTERHUB_API_URL: hub.apiUrl } }, close: hub.close }
}

async function takenPort(options: (port: number) => Partial<ProcessOptions>): Promise<Failing> {
  const server = createServer()
  return { options: options(await listen(server)), close: () => close(server) }
}

async function readOnlyHome(): Promise<Failing> {
  if (isRoot) return await smallDisk('size=64k,ro', nothing)
  const folder = await mkdtemp(join(tmpdir(), 'orrery-home-'))
  await chmod(folder, 0o500)
  return { options: { cmd: light, homeTemplate: join(folder, '{slug}') }, close: () => rm(folder, { recursive: true }) }
}

async function fullDisk(): Promise<Failing> {
  return await smallDisk('size=64k', async (folder) => {
    await writeFile(join(folder, 'results.csv'), Buffer.alloc(1024 * 1024)).catch(() => {})
  })
}

/** A disk of its own in memory, as the home folder of everybody. */
async function smallDisk(how: string, fill: (folder: string) => Promise<void>): Promise<Failing> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-disk-'))
  await run('mount', ['-t', 'tmpfs', '-o', how, 'tmpfs', folder])
  await fill(folder)
  const unmount = async (): Promise<void> => {
    await run('umount', [folder])
    await rm(folder, { recursive: true })
  }
  return { options: { cmd: light, homeTemplate: join(folder, '{slug}') }, close: unmount }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

async function close(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}
