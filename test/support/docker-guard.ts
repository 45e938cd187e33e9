import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { createLog } from '../../src/lib/log.ts'
import { connectionOf } from '../../src/spawners/docker/connection.ts'
import { createEngineWay } from '../../src/spawners/docker/guard/engine-way.ts'
import { createGuard } from '../../src/spawners/docker/guard/guard.ts'
import { permitsOf } from '../../src/spawners/docker/guard/permits.ts'
import type { DockerOptions } from '../../src/spawners/docker/options.ts'

const Line = z.object({ event: z.string(), reason: z.string().catch('') })

/** An engine guard of this process. `refusals`: the reasons of its log, oldest first. */
export type RunningGuard = {
  readonly url: string
  readonly socketPath: string
  readonly refusals: readonly string[]
  close(): Promise<void>
}

/** Puts a guard before the engine that the options name. What it lets through follows from the options. */
export async function guardBefore(options: DockerOptions, members: readonly string[] = []): Promise<RunningGuard> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-guard-'))
  const socketPath = join(folder, 'engine.sock')
  const refusals: string[] = []
  const write = (line: string): void => {
    const { event, reason } = Line.parse(JSON.parse(line))
    if (event === 'guard.refused') refusals.push(reason)
  }
  const log = createLog({ level: 'info', format: 'json', process: 'engine-guard', write })
  const guard = { listen: undefined, engineUrl: undefined, installation: options.prefix, members }
  const server = createGuard({ way: createEngineWay(connectionOf(options, {})), permits: permitsOf(options, guard), log })
  server.listen(socketPath)
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.close()
    server.closeAllConnections()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `unix://${socketPath}`, socketPath, refusals, close }
}
