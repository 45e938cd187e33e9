/** A stream for people or for logs. */
export type Output = { readonly write: (text: string) => void; readonly isTerminal: boolean }

/** What a process that serves knows about itself. The supervisor reads no configuration: it is told here what it needs of it. */
export type ReadyFacts = {
  /** The line that tells people where to go. */
  readonly line: string
  /** Address of the sign-in page on this machine, through the proxy. */
  readonly signInPage: string
  /** Path of the page on which the first administrator is made; null when there is somebody already, or for a process that has no such page. */
  readonly setUpPath: string | null
  /** Standard output is for JSON only. */
  readonly jsonOnly: boolean
  /** How long it may take to end, milliseconds. */
  readonly stopDeadlineMs: number
}

/** What a supervised process tells the supervisor. */
export type ChildMessage =
  | { readonly kind: 'ready'; readonly facts: ReadyFacts }
  /** It could not start, and why. The exit code is 2 when the configuration is wrong, else 1. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly exitCode: 1 | 2 }
  /** Somebody sent it SIGTERM. The supervisor may have got the same and knows the order of ends. */
  | { readonly kind: 'asked' }

/** What the supervisor tells a process: end, and for the hub whether the notebook servers end too. */
export type ParentMessage = { readonly kind: 'stop'; readonly stopServers: boolean }

/** The supervisor, as one of its children sees it. */
export type ParentLink = {
  send(message: ChildMessage): void
  /** Aborts when the supervisor is gone. */
  readonly gone: AbortSignal
  /** Called for every message that comes; what came before is kept for the first listener. */
  onMessage(listener: (message: ParentMessage) => void): void
}

/** The process, as far as the rest of the program may see it. `main.ts` makes it; tests make their own. */
export type Host = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdout: Output
  readonly stderr: Output
  /** Everything on standard input. */
  readInput(): Promise<string>
  /** Aborts when the process is asked to end: SIGTERM, SIGINT. A process with a parent leaves that to it. */
  readonly stop: AbortSignal
  /** Calls back on SIGHUP. */
  onHangUp(listener: () => void): void
  /** Null when nobody supervises this process. */
  readonly parent: ParentLink | null
  /** How this program is started once more: the runtime, its arguments before those of a command, and variables that make it start fast. */
  readonly program: { readonly runtime: string; readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  /** Version of the program. */
  readonly version: string
}
