import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/free-port.ts'
import { toolPath } from '../support/machine.ts'
import { until } from '../support/until.ts'
import type { Caller } from './callers.ts'

const lightServer = fileURLToPath(new URL('../support/light-server.mjs', import.meta.url))
const ourProxy = fileURLToPath(new URL('../../bin/configurable-http-proxy', import.meta.url))

const configuration = (ports: { readonly proxy: number; readonly api: number; readonly hub: number }): string => `
c.JupyterHub.bind_url = 'http://127.0.0.1:${ports.proxy}'
c.JupyterHub.hub_bind_url = 'http://127.0.0.1:${ports.hub}'
c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:${ports.api}'
c.ConfigurableHTTPProxy.command = ['${ourProxy}']
c.JupyterHub.authenticator_class = 'dummy'
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {'root1'}
c.JupyterHub.spawner_class = 'simple'
c.Spawner.cmd = ['${process.execPath}', '${lightServer}']
c.JupyterHub.allow_named_servers = True
c.JupyterHub.named_server_limit_per_user = 3
c.JupyterHub.api_page_default_limit = 3
c.JupyterHub.api_page_max_limit = 5
c.JupyterHub.cleanup_servers = True
`

/** A JupyterHub of the notebook environment, behind our own proxy, with an administrator root1. `more`: further lines of its configuration. */
export async function startJupyterHub(more = ''): Promise<{
  /** Where its database is, until it stops. */
  readonly folder: string
  readonly root: Caller
  readonly as: (headers: Record<string, string>) => Caller
  stop(): Promise<void>
}> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-peer-'))
  const ports = { proxy: await freePort(), api: await freePort(), hub: await freePort() }
  await writeFile(join(folder, 'jupyterhub_config.py'), `${configuration(ports)}${more}`)
  const bin = dirname(toolPath('python'))
  const child = spawn(join(bin, 'jupyterhub'), ['-f', 'jupyterhub_config.py'], {
    cwd: folder,
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk.toString()))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const api = `http://127.0.0.1:${ports.hub}/hub/api`
  const as =
    (always: Record<string, string>): Caller =>
    async (method, path, body, headers = {}) => {
      const sent = body === undefined ? null : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      const response = await fetch(`${api}${path}`, {
        method,
        body: sent,
        headers: { ...always, ...headers },
        signal: AbortSignal.timeout(30_000),
      })
      const text = await response.text()
      const isJson = response.headers.get('content-type') === 'application/json' && text !== ''
      return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : null, text, headers: response.headers }
    }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const nobody = as({})
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(printed.join(''))
      return nobody('GET', '/').then(
        ({ status }) => status === 200,
        () => false,
      )
    }, 60_000)
  } catch (error) {
    await stop()
    throw new Error(printed.join(''), { cause: error })
  }
  const made = await nobody('POST', '/users/root1/tokens', { auth: { username: 'root1', password: 'x' } })
  const token = typeof made.body === 'object' && made.body !== null && 'token' in made.body ? String(made.body.token) : ''
  return { folder, root: as({ authorization: `token ${token}` }), as, stop }
}
