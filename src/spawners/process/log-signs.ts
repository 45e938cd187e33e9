import type { ErrorRecord } from '../../core/errors.ts'
import { outOfMemory } from '../../core/out-of-memory.ts'
import type { IsoTime } from '../../core/time.ts'
import { parseBytes } from '../../core/units.ts'

/** What a sign in a log is read against. */
export type SignContext = {
  readonly home: string
  readonly command: string
  /** Port that the server was told to listen on. */
  readonly port: number
  readonly isRunning: boolean
  readonly exitCode: number | null
  /** What the server may use, bytes; null: as much as the machine has. */
  readonly memLimit: number | null
  /** When it ended, or now. */
  readonly at: IsoTime
}

type Sign = { readonly pattern: RegExp; readonly means: (match: RegExpMatchArray, context: SignContext) => ErrorRecord | null }

/** Lines by which Jupyter, Python, Node.js and shells tell why they cannot go on, the surest first. */
const signs: readonly Sign[] = [
  {
    pattern: /InvalidVersion: Invalid version: '?([^'\n]*)'?/,
    means: ([, version = '']) => ({ code: 'server_version_refused', detail: { version } }),
  },
  {
    pattern: /(?:No space left on device|Disk quota exceeded|database or disk is full|ENOSPC)(?:[^\n]*?'(\/[^']+)')?/,
    means: ([, path], { home }) => ({ code: 'server_disk_full', detail: { path: path ?? home } }),
  },
  {
    pattern: /(?:Permission denied|Read-only file system|EACCES|EROFS)[^\n]*?'(\/[^']+)'/,
    means: ([, path = ''], { home }) =>
      `${path}/`.startsWith(`${home}/`) ? { code: 'server_home_not_writable', detail: { path: home, file: path } } : null,
  },
  {
    pattern: /[Pp]ort (\d+) is (?:already in use|not available)|EADDRINUSE|[Aa]ddress already in use/,
    means: ([, port], context) => ({ code: 'server_port_taken', detail: { port: Number(port ?? context.port) } }),
  },
  {
    // NumPy says how much it wanted: `Unable to allocate 6.10 GiB for an array`.
    pattern: /\bMemoryError: Unable to allocate ([\d.]+ [KMGT]?i?B)\b|^MemoryError\b|\bCannot allocate memory\b|heap out of memory/m,
    means: ([, asked], { memLimit, at }) =>
      outOfMemory({ limitBytes: memLimit, askedBytes: asked === undefined ? null : parseBytes(asked), at }),
  },
  { pattern: /JUPYTERHUB_API_TOKEN env is required/, means: () => ({ code: 'server_token_refused', detail: {} }) },
  {
    // A server goes on when the hub refuses its reports: of one that ended they say nothing.
    pattern: /Error notifying Hub of activity: (?:HTTP )?40[13]\b/,
    means: (_, { isRunning }) => (isRunning ? { code: 'server_token_refused', detail: {} } : null),
  },
  {
    pattern: /Failed to connect to my Hub at (\S+)/,
    means: ([, url = '']) => ({ code: 'server_hub_unreachable', detail: { url } }),
  },
  {
    pattern: /(?:not found|No such file or directory|bad interpreter.*|Permission denied)\s*$/m,
    // A shell's own codes: 127, no such command; 126, one that may not be run.
    means: (_, { command, exitCode }) => {
      if (exitCode === 127) return { code: 'server_command_not_found', detail: { command } }
      return exitCode === 126 ? { code: 'spawner_failed', detail: { reason: `the command ${command} may not be run` } } : null
    },
  },
]

/** The first sign that says why the server failed; null when the lines say nothing of the kind. */
export function readSigns(lines: readonly string[], context: SignContext): ErrorRecord | null {
  const text = lines.join('\n')
  for (const { pattern, means } of signs) {
    const match = pattern.exec(text)
    const record = match === null ? null : means(match, context)
    if (record !== null) return record
  }
  return null
}
