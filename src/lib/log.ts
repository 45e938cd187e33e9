import { pino } from 'pino'
import { redactValue } from './log-redact.ts'
import { prettyLine } from './log-pretty.ts'

/** From the most to the least talkative. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Facts that go with an event. Errors are written with message, stack and cause; what looks like a secret is hidden. */
export type LogFields = { readonly [key: string]: unknown }

/** Writes one line for each event. An event is named `area.happened`: `server.started`, `sign_in.refused`. */
export type Log = {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** A log that adds these fields to every event. */
  child(fields: LogFields): Log
}

/** How a process writes its log. */
export type LogOptions = {
  readonly level: LogLevel
  /** `json`: one object a line (`time`, `level`, `process`, `event`, fields). `pretty`: one readable line. */
  readonly format: 'json' | 'pretty'
  /** Which process speaks: `hub`, `proxy`, `supervisor`. */
  readonly process: string
  /** Takes whole lines with their line end. */
  readonly write: (line: string) => void
}

/** A log that writes lines to `write`. */
export function createLog(options: LogOptions): Log {
  const write = options.format === 'json' ? options.write : (line: string) => options.write(`${prettyLine(line)}\n`)
  const logger = pino(
    {
      level: options.level,
      base: { process: options.process },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  )
  return facade(logger)
}

function facade(logger: pino.Logger): Log {
  const at = (level: LogLevel) => (event: string, fields?: LogFields) => {
    if (!logger.isLevelEnabled(level)) return
    logger[level](fields === undefined ? {} : redactFields(fields), event)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => facade(logger.child(redactFields(fields))),
  }
}

/** Own names of a line are not overwritten: a field `event` would hide which event it is. */
const reserved = new Set(['time', 'level', 'process', 'event'])

function redactFields(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]): [string, unknown] => [reserved.has(key) ? `${key}_` : key, redactValue(key, value)]),
  )
}

/** A log that writes nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
}
