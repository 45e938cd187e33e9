import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { dockerHub } from '../../test/support/docker-hub.ts'
import { freePort } from '../../test/support/free-port.ts'
import { answers } from '../../test/support/orrery.ts'
import { until } from '../../test/support/until.ts'
import type { Contestant } from './contestant.ts'
import { hubContestant } from './hub.ts'

const startMs = 60_000
const token = 'of-the-bench-alone'
const proxyProgram = join(import.meta.dirname, '..', 'node_modules/configurable-http-proxy/bin/configurable-http-proxy')

const Network = z.object({ IPAM: z.object({ Config: z.array(z.object({ Gateway: z.string() })) }) })

/** JupyterHub with DockerSpawner and configurable-http-proxy, run by that Python. The network of the containers must be there. */
export async function startJupyterHub(
  { engine, image, networkName, ...hub }: Awaited<ReturnType<typeof dockerHub>>,
  python: string,
): Promise<Contestant> {
  const network = Network.parse(await engine.api.call('GET', `/networks/${networkName}`))
  const gateway = network.IPAM.Config[0]?.Gateway
  const folder = await mkdtemp(join(tmpdir(), 'orrery-bench-'))
  const [port, hubPort, proxyApiPort] = [await freePort(), await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${port}`
  const prefix = `${hub.prefix}-jh`
  const settings = {
    origin,
    hubBindUrl: `http://0.0.0.0:${hubPort}`,
    hubConnectUrl: `http://${gateway}:${hubPort}`,
    proxyCommand: [process.execPath, proxyProgram],
    proxyApiUrl: `http://127.0.0.1:${proxyApiPort}`,
    token,
    image,
    prefix,
    network: networkName,
  }
  const child = spawn(python, ['-m', 'jupyterhub', '-f', join(import.meta.dirname, 'jupyterhub_config.py')], {
    cwd: folder,
    env: { ...process.env, DOCKER_HOST: engine.host, ORRERY_BENCH: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      output = (output + part.toString()).slice(-20_000)
    })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const close = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error('it ended')
      return await answers(`${origin}/hub/api/`)
    }, startMs)
  } catch (error) {
    await close()
    throw new Error(`JupyterHub does not start:\n${output}`, { cause: error })
  }
  return hubContestant({ name: 'JupyterHub', origin, token, homeOf: (user) => `${prefix}-home-${user}`, close })
}
