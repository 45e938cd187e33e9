import type { ChildMessage, Host, ParentMessage } from '../../src/boot/host.ts'

/** A process that exists only as far as a command sees it. */
export type FakeHost = {
  readonly host: Host
  /** What was written so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** SIGTERM. */
  readonly stop: () => void
}

/** A host in that folder with these variables and that standard input. */
export function fakeHost(options: {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly program?: Host['program']
}): FakeHost {
  const out: string[] = []
  const err: string[] = []
  const controller = new AbortController()
  const host: Host = {
    env: options.env ?? {},
    cwd: options.cwd,
    stdout: { write: (text) => void out.push(text), isTerminal: false },
    stderr: { write: (text) => void err.push(text), isTerminal: false },
    readInput: () => Promise.resolve(options.input ?? ''),
    stop: controller.signal,
    onHangUp: () => {},
    parent: null,
    program: options.program ?? { runtime: process.execPath, args: [], env: {} },
    version: '0.0.0-test',
  }
  return { host, stdout: () => out.join(''), stderr: () => err.join(''), stop: () => controller.abort() }
}

/** A supervisor as its child sees it: what was said to it, and ways to speak and to die. */
export function fakeParent() {
  const said: ChildMessage[] = []
  const gone = new AbortController()
  const listeners: ((message: ParentMessage) => void)[] = []
  return {
    said,
    die: (): void => gone.abort(),
    say: (message: ParentMessage): void => listeners.forEach((listener) => listener(message)),
    link: {
      send: (message: ChildMessage) => void said.push(message),
      gone: gone.signal,
      onMessage: (listener: (message: ParentMessage) => void) => void listeners.push(listener),
    },
  }
}
