import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildFromLines, exitOf } from './docker/build-image.ts'
import type { DockerEngine } from './docker-engine.ts'
import { freePort } from './free-port.ts'
import { toolPath } from './machine.ts'
import { openThrottle, type Throttle } from './throttle.ts'
import { until } from './until.ts'

/** Who may use a registry that asks. */
export const registryUser = { username: 'tester', password: 'correct horse' } as const
/** The same for htpasswd, made with bcrypt. */
const passwordLine = 'tester:$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n'

/** A real registry of images on loopback. The engine takes such an address without TLS. */
export type OciRegistry = {
  /** First part of the names of its images: `127.0.0.1:<port>`. */
  readonly host: string
  /** `X-Registry-Auth` for calls to the engine; `{}` when the registry asks nobody. */
  readonly authHeaders: Readonly<Record<string, string>>
  /**
   * Puts an image there under `name` (such as `team/lab:1`): that of the engine called `from`, with so many further layers of so many
   * megabytes that nobody has. Without `from` it cannot run, but is there sooner. Afterwards the engine does not have it. Resolves with the
   * whole name.
   */
  readonly publish: (
    engine: DockerEngine,
    name: string,
    options: { readonly from?: string; readonly megabytes?: readonly number[] },
  ) => Promise<string>
  /** How fast it answers the engine; bytes a second. See `Throttle`. Publishing is not slowed down. */
  readonly setRate: Throttle['setRate']
  /** Bytes that went to the engine by way of `host`. */
  readonly sent: Throttle['sent']
  /** Requests it has answered, one a line. */
  readonly log: () => string
  readonly close: () => Promise<void>
}

/**
 * Starts Debian's registry with an empty folder of its own. With `auth`, `registryUser` is asked for. Requires `needs('docker-registry')`.
 */
export async function openRegistry({ auth = false, bytesPerSecond = Infinity } = {}): Promise<OciRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'))
  const port = await freePort()
  const config = join(folder, 'config.json')
  writeFileSync(join(folder, 'htpasswd'), passwordLine)
  writeFileSync(config, JSON.stringify(configuration(folder, port, auth)))
  const child = spawn(toolPath('docker-registry'), ['serve', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exited = exitOf(child)
  const throttle = await openThrottle(port, bytesPerSecond)
  await until(() => answers(port))
  const host = `127.0.0.1:${throttle.port}`
  const authHeaders = auth ? { 'X-Registry-Auth': encode({ ...registryUser, serveraddress: host }) } : {}
  return {
    host,
    authHeaders,
    publish: async ({ api }, name, { from = 'scratch', megabytes = [] }) => {
      const own = `127.0.0.1:${port}/${name}`
      const layers = Object.fromEntries(megabytes.map((size, index) => [`layer-${index}`, randomBytes(size * 1_000_000)]))
      await buildFromLines(
        api,
        own,
        [`FROM ${from}`, `LABEL test.published=${JSON.stringify(name)}`, ...Object.keys(layers).map((file) => `COPY ${file} /opt/`)],
        layers,
      )
      const at = own.lastIndexOf(':')
      // The engine insists on the header, also where nobody is asked.
      const headers = { 'X-Registry-Auth': encode({}), ...authHeaders }
      await api.lines('POST', `/images/${own.slice(0, at)}/push`, { query: { tag: own.slice(at + 1) }, headers })
      await api.call('DELETE', `/images/${own}`)
      return `${host}/${name}`
    },
    setRate: throttle.setRate,
    sent: throttle.sent,
    log: () => log,
    close: async () => {
      await throttle.close()
      child.kill()
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const configuration = (folder: string, port: number, auth: boolean) => ({
  version: '0.1',
  log: { level: 'warn', accesslog: { disabled: false } },
  storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
  http: { addr: `127.0.0.1:${port}` },
  ...(auth ? { auth: { htpasswd: { realm: 'tests', path: join(folder, 'htpasswd') } } } : {}),
})

/** Base64 for URLs, but with the padding: the engine takes a value without it for none at all. */
const encode = (auth: unknown): string => Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_')

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/v2/`).then(
    () => true,
    () => false,
  )
