import { createLog } from '../lib/log.ts'
import type { Log } from '../lib/log.ts'
import type { LogValues } from '../lib/log-options.ts'
import type { Host } from './host.ts'

/** `json` or `pretty`, as the option and the terminal say. */
export const logFormat = (values: LogValues, host: Pick<Host, 'stdout'>): 'json' | 'pretty' =>
  values.format === 'auto' ? (host.stdout.isTerminal ? 'pretty' : 'json') : values.format

/** The log of a process, on its standard output. */
export const makeLog = (values: LogValues, process: string, host: Pick<Host, 'stdout'>): Log =>
  createLog({ level: values.level, format: logFormat(values, host), process, write: (line) => host.stdout.write(line) })
