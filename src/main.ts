import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import type { ChildMessage, Host, ParentLink, ParentMessage } from './boot/host.ts'

/** How soon after the start what was compiled is kept for the next start, milliseconds. */
const keepCompiledAfterMs = 3_000

/** Types are stripped and code is compiled once; later starts take both from here. */
const compileCache = process.env['NODE_COMPILE_CACHE'] ?? join(import.meta.dirname, '..', '.orrery', 'compile-cache')
enableCompileCache(compileCache)
setTimeout(flushCompileCache, keepCompiledAfterMs).unref()

/** Whoever started this process looks after it. What a terminal says to all of its processes is for the first of them. */
const isChild = process.send !== undefined

function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(1)
    controller.abort(new Error('stopping'))
  }
  process.on('SIGTERM', isChild ? () => tell({ kind: 'asked' }) : stop)
  process.on('SIGINT', isChild ? () => {} : stop)
  process.on('SIGHUP', !isChild && process.stdout.isTTY ? stop : () => {})
  return controller.signal
}

function parentLink(): ParentLink | null {
  if (!isChild) return null
  const gone = new AbortController()
  process.once('disconnect', () => gone.abort(new Error('the supervisor is gone')))
  const early: ParentMessage[] = []
  const listeners: ((message: ParentMessage) => void)[] = []
  process.on('message', (message) => {
    if (!isParentMessage(message)) return
    if (listeners.length === 0) early.push(message)
    for (const listener of listeners) listener(message)
  })
  return {
    send: tell,
    gone: gone.signal,
    onMessage: (listener) => {
      listeners.push(listener)
      for (const message of early.splice(0)) listener(message)
    },
  }
}

function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message)
}

const isParentMessage = (message: unknown): message is ParentMessage =>
  typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop' && 'stopServers' in message

async function readInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) if (Buffer.isBuffer(part)) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

/** Output to a pipe nobody reads any more is dropped: the process that read it is gone, and this one is about to end. */
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const host: Host = {
  env: process.env,
  cwd: process.cwd(),
  stdout: {
    write: (text) => process.stdout.write(text),
    isTerminal: process.stdout.isTTY || (isChild && process.env['ORRERY_TERMINAL'] === '1'),
  },
  stderr: { write: (text) => process.stderr.write(text), isTerminal: process.stderr.isTTY },
  readInput,
  stop: stopSignal(),
  onHangUp: (listener) => process.on('SIGHUP', listener),
  parent: parentLink(),
  program: {
    runtime: process.execPath,
    args: [...process.execArgv, import.meta.filename],
    // One arena: what hashing passwords takes is given back, instead of being kept once for every thread.
    env: { NODE_COMPILE_CACHE: compileCache, MALLOC_ARENA_MAX: '1' },
  },
  version: manifest.version,
}

const { runProgram } = await import('./cli/run.ts')
process.exit(await runProgram(host, process.argv.slice(2)))
