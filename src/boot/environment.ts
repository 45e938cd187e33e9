import { inputKinds } from './schema-words.ts'

/** A variable that is set. Empty ones count as not set: compose files pass on variables that nobody gave. */
export function environmentText(env: Readonly<Record<string, string | undefined>>, name: string): string | null {
  const text = env[name]
  return text === undefined || text === '' ? null : text
}

/**
 * The text of a variable as the value that the schema wants: numbers, `true`/`false`, lists as JSON or separated by commas, objects as JSON.
 * What cannot be understood stays a text, so that the schema refuses it with its own words.
 */
export function environmentValue(schema: unknown, text: string): unknown {
  const kinds = inputKinds(schema)
  if (kinds.has('list') && text.trimStart().startsWith('[')) return jsonOrText(text)
  if (kinds.has('object') && text.trimStart().startsWith('{')) return jsonOrText(text)
  if (kinds.has('text') || kinds.size === 0) return text
  if (kinds.has('list')) return commaList(text)
  if (kinds.has('boolean')) return booleans.get(text.toLowerCase()) ?? text
  return kinds.has('number') && /^\s*[+-]?(\d|\.\d)/.test(text) && !Number.isNaN(Number(text)) ? Number(text) : text
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
])

const commaList = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
