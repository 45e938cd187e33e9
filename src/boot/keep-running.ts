import type { Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { pauseAfter } from '../lib/retry.ts'
import type { Child, ChildEnd } from './child.ts'
import type { ChildMessage, ParentMessage, ReadyFacts } from './host.ts'

/** The first restart comes at once; then the pauses double from the first to the longest, until the process has stayed up for a while. Milliseconds. */
const pause = { firstMs: 100, longestMs: 10_000, forgetAfterMs: 30_000 } as const

/** So many ends in a row before a process was ever ready, and it is given up. */
const startAttempts = 5

/** What became of the first start. */
export type Readiness =
  | { readonly ok: true; readonly facts: ReadyFacts }
  | { readonly ok: false; readonly sentence: string; readonly exitCode: 1 | 2 }

/** A process that is started again whenever it ends. */
export type KeptProcess = {
  readonly name: string
  /** Resolves when it says for the first time that it is ready, or cannot start. */
  readonly ready: Promise<Readiness>
  /** The process of this moment; null between two. */
  current(): Child | null
  /** Ends it for good; kills it when that takes longer than the deadline, or than it said itself. */
  stop(message: ParentMessage, deadlineMs?: Ms): Promise<void>
}

/** How a process is started, and who is told that it has been. */
export type KeepSpec = {
  readonly name: string
  readonly start: (onMessage: (message: ChildMessage) => void) => Child
  /** Must not throw. */
  readonly onStarted: (pid: number) => void
  /** Called when it is ready again after it was started anew. */
  readonly onBack: (facts: ReadyFacts) => void
}

/** `stop` aborts when everything is to end; from then on nothing is started again. */
export type KeepDeps = { readonly clock: Clock; readonly log: Log; readonly stop: AbortSignal }

/** How long a process that got SIGTERM waits for the supervisor to have got it too, milliseconds. Whoever ends a whole group sends it to all. */
const groupSignalMs = 250

/** How long a process that is ended alone may take before it is killed, milliseconds. */
const aloneDeadlineMs = 10_000

/** Starts a process and keeps it running until `stop`. */
export function keepRunning(spec: KeepSpec, deps: KeepDeps): KeptProcess {
  const { clock, log } = deps
  const stopping = new AbortController()
  const ending = AbortSignal.any([stopping.signal, deps.stop])
  const ready = Promise.withResolvers<Readiness>()
  let facts: ReadyFacts | null = null
  let current: Child | null = null
  let inRow = 0

  const giveUp = (sentence: string, exitCode: 1 | 2): void => {
    stopping.abort()
    ready.resolve({ ok: false, sentence, exitCode })
  }

  const endAlone = async (child: Child): Promise<void> => {
    await clock.sleep(groupSignalMs, ending)
    await child.stop({ kind: 'stop', stopServers: false }, aloneDeadlineMs)
  }

  const onMessage = (message: ChildMessage): void => {
    if (message.kind === 'asked') {
      if (current !== null && !ending.aborted) void endAlone(current).catch(() => {})
      return
    }
    if (message.kind === 'failed') {
      if (facts === null) giveUp(message.sentence, message.exitCode)
      else log.error('process.not_started', { name: spec.name, reason: message.sentence })
      return
    }
    if (facts !== null) spec.onBack(message.facts)
    facts = message.facts
    ready.resolve({ ok: true, facts })
  }

  const live = async (): Promise<ChildEnd> => {
    try {
      current = spec.start(onMessage)
      spec.onStarted(current.pid)
      return await current.ended
    } catch (error) {
      return { code: null, signal: null, lastLines: [error instanceof Error ? error.message : String(error)] }
    } finally {
      current = null
    }
  }

  const once = async (): Promise<void> => {
    const began = clock.monotonic()
    const end = await live()
    if (ending.aborted) return
    inRow = clock.monotonic() - began >= pause.forgetAfterMs ? 0 : inRow
    const restartInMs = pauseAfter(inRow, pause)
    inRow += 1
    log.warn('process.ended', { name: spec.name, code: end.code, signal: end.signal, restartInMs })
    if (facts === null && inRow >= startAttempts) giveUp(lastWords(spec.name, end), 1)
    await clock.sleep(restartInMs, ending)
  }

  const loop = async (): Promise<void> => {
    while (!ending.aborted) await once().catch(() => {})
  }
  const looping = loop()
  return {
    name: spec.name,
    ready: ready.promise,
    current: () => current,
    stop: async (message, deadlineMs) => {
      stopping.abort()
      await current?.stop(message, deadlineMs ?? facts?.stopDeadlineMs ?? aloneDeadlineMs)
      await looping
    },
  }
}

function lastWords(name: string, { code, signal, lastLines }: ChildEnd): string {
  const end = signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`
  return [`The ${name} ended ${startAttempts} times before it was ready (${end}).`, ...lastLines].join('\n')
}
