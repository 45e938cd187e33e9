import { isObject } from '../core/json.ts'

const own = new Set(['time', 'level', 'process', 'event', 'stack'])
const colours: Readonly<Record<string, string>> = { debug: '\u001b[90m', info: '\u001b[36m', warn: '\u001b[33m', error: '\u001b[31m' }
const plain = '\u001b[0m'

/** One line of a JSON log as a person likes to read it: `12:03:04 info  hub server.started user=alice`. Other text comes back unchanged. */
export function prettyLine(json: string): string {
  const line = parseLine(json)
  if (line === null) return json.trimEnd()
  const level = text(line['level'])
  const head = `${text(line['time']).slice(11, 19)} ${colours[level] ?? ''}${level.padEnd(5)}${plain} ${visible(`${text(line['process']).padEnd(5)} ${text(line['event'])}`)}`
  const fields = Object.entries(line).filter(([key]) => !own.has(key))
  return [head, ...fields.map(([key, value]) => visible(`${key}=${shown(value)}`))].join(' ')
}

/** A log line as an object; null when it is something else. */
export function parseLine(json: string): Readonly<Record<string, unknown>> | null {
  if (!json.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) && typeof value['event'] === 'string' ? value : null
  } catch {
    return null
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What a terminal would obey, and what turns or breaks a line, as text: log lines carry what strangers send. */
const visible = (part: string): string =>
  part.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)

function shown(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  if (isObject(value) && typeof value['message'] === 'string') return JSON.stringify(value['message'])
  return JSON.stringify(value)
}
