import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { ChildProcess } from 'node:child_process'
import type { Ms } from '../core/time.ts'
import type { ChildMessage, Host, ParentMessage } from './host.ts'

/** How a child ended. */
export type ChildEnd = { readonly code: number | null; readonly signal: string | null; readonly lastLines: readonly string[] }

/** A process of ours that the supervisor started. */
export type Child = {
  readonly pid: number
  readonly ended: Promise<ChildEnd>
  /** Asks it to end, and kills it when that takes longer than the deadline. */
  stop(message: ParentMessage, deadlineMs: Ms): Promise<void>
  /** Ends it at once. */
  kill(): void
  /** Passes a signal on. */
  signal(name: 'SIGHUP'): void
}

/** Which command of the program to run, and who hears of it. */
export type ChildSpec = {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onMessage: (message: ChildMessage) => void
  /** Every line of its output, without line end. */
  readonly onLine: (line: string, from: 'stdout' | 'stderr') => void
}

/** How many lines of standard error are kept for the case that it dies. */
const keptLines = 20

/** How long the last words of a process are waited for, milliseconds. */
const lastWordsMs = 200

/** Starts the program once more with another command. */
export function startChild({ runtime, args: before, env }: Host['program'], spec: ChildSpec, cwd: string): Child {
  const child = spawn(runtime, [...before, ...spec.args], { cwd, env: { ...env, ...spec.env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const lastLines: string[] = []
  child.on('message', (message) => {
    if (isChildMessage(message)) spec.onMessage(message)
  })
  eachLine(child, 'stdout', (line) => spec.onLine(line, 'stdout'))
  eachLine(child, 'stderr', (line) => {
    lastLines.push(line)
    if (lastLines.length > keptLines) lastLines.shift()
    spec.onLine(line, 'stderr')
  })
  const ended = endOf(child, lastLines)
  return {
    pid: child.pid ?? 0,
    ended,
    stop: (message, deadlineMs) => stop(child, ended, message, deadlineMs),
    kill: () => child.kill('SIGKILL'),
    signal: (name) => child.kill(name),
  }
}

/** Resolves when the process is gone and its last words have come. Somebody whom it started may hold its output open, so that is not waited for long. */
async function endOf(child: ChildProcess, lastLines: readonly string[]): Promise<ChildEnd> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const end = await new Promise<ChildEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal, lastLines }))
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, lastLines: [error.message] })
    })
  })
  if (child.pid !== undefined) await Promise.race([closed, delay(lastWordsMs, undefined, { ref: false })])
  return end
}

async function stop(child: ChildProcess, ended: Promise<ChildEnd>, message: ParentMessage, deadlineMs: Ms): Promise<void> {
  const timer = new AbortController()
  if (child.connected) child.send(message, () => {})
  else child.kill('SIGTERM')
  const late = delay(deadlineMs, undefined, { signal: timer.signal }).then(
    () => child.kill('SIGKILL'),
    () => false,
  )
  await Promise.race([ended, late])
  timer.abort()
  await ended
}

function eachLine(child: ChildProcess, name: 'stdout' | 'stderr', onLine: (line: string) => void): void {
  const stream = child[name]
  if (stream !== null) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine)
}

function isChildMessage(message: unknown): message is ChildMessage {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false
  return message.kind === 'ready' || message.kind === 'asked' || (message.kind === 'failed' && 'sentence' in message)
}
