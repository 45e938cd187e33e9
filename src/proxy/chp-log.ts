import { toIso } from '../core/time.ts'
import type { Ms } from '../core/time.ts'
import type { Log, LogFields } from '../lib/log.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** Sentences that scripts around configurable-http-proxy look for. */
const sentences: Readonly<Record<string, (fields: LogFields) => string>> = {
  'route.added': ({ path, target }) => `Route added ${text(path)} -> ${text(target)}`,
  'route.removed': ({ path }) => `Removing route ${text(path)}`,
  'proxy.listening': ({ address, apiAddress }) => `Proxying ${text(address)}, proxy API at ${text(apiAddress)}/api/routes`,
  'proxy.redirecting': ({ port }) => `Added HTTP to HTTPS redirection from ${text(port)}`,
  'api.request': ({ status, method, path }) => `${text(status)} ${text(method)} ${text(path)}`,
  'proxy.failed': ({ status, path, reason }) => `${text(status)} ${text(path)} ${text(reason)}`,
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : value instanceof Error ? value.message : (JSON.stringify(value) ?? '')

/** Lines in the form of configurable-http-proxy, without colours: `<time> [ConfigProxy] <level>: <sentence>`. */
export function createChpLog(options: {
  readonly level: (typeof levels)[number]
  readonly now: () => Ms
  readonly write: (line: string) => void
}): Log {
  const least = levels.indexOf(options.level)
  const at =
    (level: (typeof levels)[number]) =>
    (event: string, fields: LogFields = {}): void => {
      if (levels.indexOf(level) < least) return
      const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${text(value)}`)
      const sentence = sentences[event]?.(fields) ?? `${event}${rest.join('')}`
      options.write(`${toIso(options.now())} [ConfigProxy] ${level}: ${sentence.replace(/[\r\n]+/g, ' ')}\n`)
    }
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}
