import { chmod, rm } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { prepareDataDir } from '../lib/data-dir.ts'
import { connectionOf } from '../spawners/docker/connection.ts'
import { createEngineWay } from '../spawners/docker/guard/engine-way.ts'
import { createGuard } from '../spawners/docker/guard/guard.ts'
import { permitsOf } from '../spawners/docker/guard/permits.ts'
import { guardSocket } from './guard-socket.ts'
import { makeLog } from './make-log.ts'
import { readyFacts } from './ready-facts.ts'
import { serveUntilStopped } from './serve-until-stopped.ts'
import type { Host } from './host.ts'
import type { LoadedConfig } from './load-config.ts'

const stopDeadlineMs = 3_000
/** Who may use the socket: the account and the group of the guard. */
const socketMode = 0o660

/** Runs the engine guard until the process is asked to end. Resolves with the exit code. */
export async function runEngineGuard(host: Host, { config, dataDir }: LoadedConfig): Promise<number> {
  const { spawner, guard } = config
  const log = makeLog(config.log, 'engine-guard', host)
  return serveUntilStopped({ host, log, places: [], deadlineMs: stopDeadlineMs }, async (scope) => {
    if (spawner.kind !== 'docker')
      throw new Error(`There is nothing to guard: spawner.kind is '${spawner.kind}', and only 'docker' needs an engine.`)
    // The engine of the guard is never the one of the hub: that is the guard itself.
    const connection = connectionOf({ engineUrl: guard.engineUrl, engineTls: spawner.engineTls }, { ...host.env, DOCKER_HOST: undefined })
    const path = guardSocket(guard, dataDir)
    if (connection.socketPath === path)
      throw new Error('guard.engineUrl and guard.listen are one socket. Set guard.engineUrl to that of the engine.')
    const server = createGuard({ way: createEngineWay(connection), permits: permitsOf(spawner, guard), log })
    await listenOn(server, path, dataDir)
    scope.onStop('socket', () => end(server, path))
    log.info('guard.listening', { socket: path, engine: connection.url, installation: guard.installation })
    return { facts: readyFacts(config, null, stopDeadlineMs) }
  })
}

async function listenOn(server: Server, path: string, dataDir: string): Promise<void> {
  if (dirname(path) === dataDir) await prepareDataDir(dataDir)
  if (await isAnswered(path)) throw new Error(`Another engine guard listens on ${path}. Stop it, or set guard.listen.`)
  await rm(path, { force: true })
  server.listen(path)
  await once(server, 'listening')
  await chmod(path, socketMode)
}

/** A socket of a guard that was killed stays behind, and nobody answers. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function end(server: ReturnType<typeof createGuard>, path: string): Promise<void> {
  server.close()
  server.closeAllConnections()
  await rm(path, { force: true })
}
