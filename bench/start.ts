// Measures what Orrery itself costs: start-up, idle memory, and the time between a click on Start and an open server beyond what the
// notebook server needs by itself. The same server is started bare and through the hub in turn; medians are compared.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { singleUserEnvironment } from '../src/core/single-user-env.ts'
import { freePort } from '../test/support/free-port.ts'
import { toolPath } from '../test/support/machine.ts'
import { admin, answers, lightSpawner, preparePlace, startOrrery } from '../test/support/orrery.ts'
import type { Place } from '../test/support/orrery.ts'
import { readJson } from '../test/support/read-json.ts'
import { signedInClient } from '../test/support/api-client.ts'
import type { ApiClient } from '../test/support/api-client.ts'

const rounds = Number(process.env['ROUNDS'] ?? 5)
const idleSeconds = 10

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const round = (ms: number): number => Math.round(ms)

function rssMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kb) / 1024)
}

/** Milliseconds from exec to the first answer of the server, started by nobody but this script. */
async function bareStart(command: readonly string[], place: Place): Promise<number> {
  const [program = '', ...words] = command
  const home = mkdtempSync(join(tmpdir(), 'orrery-bench-'))
  const port = await freePort()
  const environment = singleUserEnvironment({
    userName: 'bare',
    serverName: '',
    apiToken: 'bench',
    baseUrl: '/',
    apiUrl: `${place.hubUrl}/hub/api`,
    publicOrigin: null,
    clientAllowedScopes: [],
    cookieHostPrefix: false,
    cookieOptions: null,
  })
  const url = `http://127.0.0.1:${port}/user/bare/`
  const from = performance.now()
  const child = spawn(program, words, {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, ...environment, JUPYTERHUB_SERVICE_URL: url },
    stdio: 'ignore',
  })
  while (!(await quickly(`${url}api`))) await delay(5)
  const ms = performance.now() - from
  child.kill('SIGTERM')
  await new Promise((resolve) => child.once('exit', resolve))
  rmSync(home, { recursive: true, force: true })
  return ms
}

async function quickly(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: 'manual' })
    await response.body?.cancel()
    return response.status < 300
  } catch {
    return false
  }
}

/** Milliseconds from the request to start until the progress stream says ready. The server is checked to answer through the proxy, then stopped. */
async function hubStart(client: ApiClient, name: string, place: Place): Promise<number> {
  const from = performance.now()
  await client.call('POST', `/users/${name}/server`)
  const stream = await client.call('GET', `/users/${name}/server/progress`)
  const text = await stream.text()
  const ms = performance.now() - from
  if (!text.includes('"ready":true')) throw new Error(`not ready:\n${text}`)
  if (!(await quickly(`${place.url}/user/${name}/api`))) throw new Error('ready, but it does not answer through the proxy')
  await client.call('DELETE', `/users/${name}/server`)
  while ((await readJson(await client.call('GET', `/users/${name}`), z.object({ pending: z.string().nullable() }))).pending !== null)
    await delay(20)
  return ms
}

async function compare(label: string, command: readonly string[], spawner: Readonly<Record<string, unknown>>): Promise<void> {
  const place = await preparePlace({ spawner: { kind: 'process', ...spawner } })
  const orrery = await startOrrery(place)
  try {
    const client = await signedInClient(place.url, admin.name, admin.password)
    const [bare, hub]: [number[], number[]] = [[], []]
    await hubStart(client, admin.name, place)
    await bareStart(command, place)
    for (let index = 0; index < rounds; index++) {
      bare.push(await bareStart(command, place))
      hub.push(await hubStart(client, admin.name, place))
    }
    console.log(
      `${label}: bare ${round(median(bare))} ms, through the hub ${round(median(hub))} ms, added ${round(median(hub) - median(bare))} ms (medians of ${rounds})`,
    )
  } finally {
    await orrery.stop()
    await place.remove()
  }
}

async function idle(): Promise<void> {
  const place = await preparePlace()
  await (await startOrrery(place)).stop()
  const from = performance.now()
  const orrery = await startOrrery(place)
  const ms = performance.now() - from
  if (!(await answers(`${place.url}/hub/api/`))) throw new Error('no sign-in page')
  await delay(idleSeconds * 1000)
  const { hub, proxy } = await orrery.pids()
  const supervisor = orrery.child.pid ?? 0
  const [a, b, c] = [rssMb(hub), rssMb(proxy), rssMb(supervisor)]
  console.log(
    `second start to first page ${round(ms)} ms; idle after ${idleSeconds} s: hub ${a} MB, proxy ${b} MB, supervisor ${c} MB, together ${a + b + c} MB`,
  )
  await orrery.stop()
  await place.remove()
}

const lightServer = fileURLToPath(new URL('../test/support/light-server.mjs', import.meta.url))
await idle()
await compare('light server', [process.execPath, lightServer], lightSpawner)
await compare('jupyterhub-singleuser', [toolPath('python'), '--allow-root'], {})
