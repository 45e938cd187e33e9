// Keeps the engine of the tests: a process of its own that starts dockerd for the first test process that asks, lets further ones
// join, and stops it soon after the last one has left or died. Started by docker-engine.ts.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type Daemon, makeBridge, removeBridge, startDaemon } from './daemon.ts'
import { engineApi } from './engine-api.ts'
import { engineFolders } from './engine-folders.ts'
import { freeRange, type Range } from './free-range.ts'
import { onMessage, type Reply, tell, type Wish, wish } from './keeper-messages.ts'
import { sweep, sweepImages } from './sweep.ts'

type Guest = { readonly socket: Socket; readonly alone: boolean; readonly label: string }

/** The next test file comes sooner than this. */
const lingerMs = 4_000

const folders = engineFolders()
const api = engineApi(folders.socket)
const inside = new Set<Guest>()
const waiting: Guest[] = []
let range: Range | null = null
let daemon: Daemon | null = null
/** One step after the other: starts, stops and sweeps never overlap. */
let turn: Promise<unknown> = Promise.resolve()
let linger: NodeJS.Timeout | null = null
const forwardPolicy = readForwardPolicy()

const lock = createServer()
lock.on('error', () => process.exit(0))
lock.listen(folders.lock, serve)

function serve(): void {
  mkdirSync(folders.run, { recursive: true, mode: 0o700 })
  rmSync(folders.control, { force: true })
  rmSync(folders.log, { force: true })
  const server = createServer((socket) => welcome(socket, server))
  server.listen(folders.control)
  leaveLater(server)
}

function welcome(socket: Socket, server: Server): void {
  socket.on('error', () => {})
  onMessage(socket, (message) => obey(socket, wish.parse(message)))
  socket.on('close', () => {
    for (const guest of inside) if (guest.socket === socket) seeOff(guest)
    const at = waiting.findIndex((guest) => guest.socket === socket)
    if (at >= 0) waiting.splice(at, 1)
    admit()
    if (inside.size === 0 && waiting.length === 0) leaveLater(server)
  })
}

function seeOff(guest: Guest): void {
  inside.delete(guest)
  if (inside.size > 0) turn = turn.then(() => sweep(api, guest.label).catch(report))
}

function obey(socket: Socket, asked: Wish): void {
  switch (asked.kind) {
    case 'join':
      if (linger !== null) clearTimeout(linger)
      waiting.push({ socket, alone: asked.alone, label: asked.label })
      return admit()
    case 'stop':
      return answer(socket, async () => {
        await daemon?.stop(asked.signal)
        daemon = null
        return { kind: 'down' }
      })
    case 'start':
      return answer(socket, () => up(asked.args))
    default:
      asked satisfies never
  }
}

/** In the order of their coming; who wants to be alone waits for the others to leave, and those behind wait too. */
function admit(): void {
  for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
    const isTaken = [...inside].some((guest) => guest.alone)
    if (isTaken || (next.alone && inside.size > 0)) return
    waiting.shift()
    const isFirst = inside.size === 0
    inside.add(next)
    answer(next.socket, () => (isFirst ? fresh() : up([])))
  }
}

function answer(socket: Socket, work: () => Promise<Reply>): void {
  turn = turn.then(async () => tell(socket, await work().catch(failure)))
}

const failure = (error: unknown): Reply => ({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) })

/** A running engine with nothing in it but images. */
async function fresh(): Promise<Reply> {
  const reply = await up([])
  await sweep(api)
  return reply
}

async function up(args: readonly string[]): Promise<Reply> {
  if (range === null) {
    removeBridge(folders.bridge)
    range = freeRange()
    makeBridge(folders.bridge, range.bridge)
  }
  daemon ??= await startDaemon(folders, range, args)
  return { kind: 'up', gateway: range.gateway, pid: daemon.pid }
}

function leaveLater(server: Server): void {
  if (linger !== null) clearTimeout(linger)
  linger = setTimeout(() => void leave(server), lingerMs)
}

async function leave(server: Server): Promise<void> {
  await turn
  if (inside.size > 0 || waiting.length > 0) return
  // From here on newcomers wait for the next keeper.
  server.close()
  rmSync(folders.control, { force: true })
  if (daemon !== null) {
    await sweep(api).catch(report)
    await sweepImages(api).catch(report)
    await daemon.stop('SIGTERM')
  }
  removeBridge(folders.bridge)
  if (forwardPolicy === 'ACCEPT') execFileSync('iptables', ['-P', 'FORWARD', 'ACCEPT'])
  process.exit(0)
}

const report = (error: unknown): void => console.error(error)

/** The engine turns forwarding between foreign networks off; it is turned on again when that was so before. */
function readForwardPolicy(): string {
  const rules = execFileSync('iptables', ['-S', 'FORWARD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return /^-P FORWARD (\w+)/.exec(rules)?.[1] ?? ''
}
