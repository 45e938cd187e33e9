import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { containersOf, type Container, type RunOptions } from './docker/containers.ts'
import { engineApi, type EngineApi } from './docker/engine-api.ts'
import { engineFolders } from './docker/engine-folders.ts'
import { onMessage, type Reply, reply, tell, type Wish } from './docker/keeper-messages.ts'
import { sweep } from './docker/sweep.ts'
import { needs } from './machine.ts'

/** A real dockerd of the tests' own. */
export type DockerEngine = {
  readonly socketPath: string
  /** As in `DOCKER_HOST`. */
  readonly host: string
  /** Address of this machine on the engine's default bridge: where containers reach what listens here. */
  readonly gateway: string
  /** Process id of dockerd. */
  readonly pid: () => number
  readonly api: EngineApi
  /** Starts a container; the image must be there. It is removed when this engine is closed, if not sooner. */
  readonly run: (image: string, options?: RunOptions) => Promise<Container>
  /** The container of that name or id, whoever made it. Rejects with `EngineError` 404. */
  readonly find: (nameOrId: string) => Promise<Container>
  /** Removes containers, networks and volumes that carry the label (`name` or `name=value`); all without one, which only who is alone may do. */
  readonly sweep: (label?: string) => Promise<void>
  /** Ends dockerd. Only for who opened it alone. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** Starts it again, with further arguments such as `--live-restore`; rejects when it does not come up. */
  readonly start: (...args: readonly string[]) => Promise<void>
  /** Lets go of it. When nobody else uses it, all containers, networks and volumes are removed and dockerd ends. */
  readonly close: () => Promise<void>
}

/** How an engine is opened. `alone`: waits until no other test process uses it and keeps others waiting, so that it may be stopped. */
export type EngineOptions = { readonly alone?: boolean }

const joinMs = 600_000
let opened = 0

/**
 * The engine of the tests, started by the first test process that asks and shared by all that run at the same time. Its images survive
 * from run to run; nothing else does. Requires `needs('docker')`.
 * Rejects with the reason when this machine cannot run one. A test process that dies lets go of it.
 */
export async function openEngine({ alone = false }: EngineOptions = {}): Promise<DockerEngine> {
  const folders = engineFolders()
  opened += 1
  const owner = { name: 'orrery-test.owner', value: `${process.pid}-${opened}` }
  const keeper = await joinKeeper({ kind: 'join', alone, label: `${owner.name}=${owner.value}` })
  let { state } = keeper
  const api = engineApi(folders.socket)
  const ask = async (message: Wish): Promise<void> => {
    if (!alone) throw new Error('others use this engine too: open it alone to stop it')
    const answer = await keeper.ask(message)
    if (answer.kind === 'up') state = answer
  }
  return {
    socketPath: folders.socket,
    host: `unix://${folders.socket}`,
    gateway: state.gateway,
    pid: () => state.pid,
    api,
    ...containersOf(api, { [owner.name]: owner.value }),
    sweep: (label) => sweep(api, label),
    stop: (signal = 'SIGTERM') => ask({ kind: 'stop', signal }),
    start: (...args) => ask({ kind: 'start', args: [...args] }),
    close: () => keeper.leave(),
  }
}

/**
 * Options for tests that need the engine: `const docker = await needsEngine()`, then `test('…', docker, …)`. Tries to start it;
 * the reason why that is impossible becomes the reason of the skip.
 */
export async function needsEngine(): Promise<{ readonly skip?: string }> {
  const missing = needs('docker')
  if (missing.skip !== undefined) return missing
  try {
    const engine = await openEngine()
    await engine.close()
    return {}
  } catch (error) {
    return { skip: `no Docker engine can run here: ${error instanceof Error ? error.message : String(error)}` }
  }
}

type Up = Extract<Reply, { kind: 'up' }>
type Keeper = { readonly state: Up; readonly ask: (message: Wish) => Promise<Reply>; readonly leave: () => Promise<void> }

/** Connects to the keeper, starting it when there is none, or when the one there is leaves at this moment. */
async function joinKeeper(wish: Wish): Promise<Keeper> {
  const deadline = performance.now() + joinMs
  while (performance.now() < deadline) {
    const socket = await tryConnect(engineFolders().control)
    if (socket === null) {
      spawnKeeper()
      await delay(100)
      continue
    }
    const keeper = converse(socket)
    const first = await keeper.ask(wish).catch(() => null)
    if (first?.kind === 'up') return { ...keeper, state: first }
    if (first?.kind === 'failed') throw new Error(first.reason)
  }
  throw new Error(`the Docker engine of the tests was not to be had within ${joinMs / 1000} s`)
}

/** Rejects an open question when the keeper goes away. */
function converse(socket: Socket): Omit<Keeper, 'state'> {
  const open: PromiseWithResolvers<Reply>[] = []
  onMessage(socket, (message) => open.shift()?.resolve(reply.parse(message)))
  socket.on('close', () => open.splice(0).forEach((question) => question.reject(new Error('the keeper of the engine has gone'))))
  const ask = async (message: Wish): Promise<Reply> => {
    const question = Promise.withResolvers<Reply>()
    open.push(question)
    socket.ref()
    tell(socket, message)
    const answer = await question.promise
    // An engine that a test forgot to close does not keep the process alive.
    socket.unref()
    if (answer.kind === 'failed') throw new Error(answer.reason)
    return answer
  }
  const leave = async (): Promise<void> => {
    if (socket.destroyed) return
    socket.ref().end()
    await once(socket, 'close')
  }
  return { ask, leave }
}

function tryConnect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('error', () => resolve(null)).once('connect', () => resolve(socket))
  })
}

/** Not a child that dies with the test file: other test processes may depend on it. */
function spawnKeeper(): void {
  const { run } = engineFolders()
  mkdirSync(join(run, 'tmp'), { recursive: true, mode: 0o700 })
  const log = openSync(join(run, 'keeper.log'), 'a')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'docker', 'keeper.ts')], {
    detached: true,
    cwd: '/',
    env: environmentOfKeeper(run),
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
}

/** Nothing in it belongs to the test file that happens to come first: its temporary folder is gone before the engine is. */
function environmentOfKeeper(run: string): NodeJS.ProcessEnv {
  const passing = process.env['TMPDIR']
  const isLasting = (value: string | undefined): boolean => passing === undefined || value?.includes(passing) !== true
  const lasting = Object.entries(process.env).filter(([, value]) => isLasting(value))
  return { ...Object.fromEntries(lasting), TMPDIR: join(run, 'tmp') }
}
