import { inspect } from 'node:util'
import { nearest } from '../core/nearest.ts'
import { schemaWords } from './schema-words.ts'
import type { z } from 'zod'
import type { Option } from '../core/options.ts'

/** What a schema did not like about a value, and what to give instead. */
export type Explanation = { readonly path: string; readonly what: string; readonly fix: string }

/** Explains one issue of an option's schema. `path` is where inside the value, such as `.key` or `[2]`. */
export function explainIssue(option: Option, issue: z.core.$ZodIssue, value: unknown): Explanation {
  const received = at(value, issue.path)
  const path = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')
  return { path, what: complaint(issue, option.secret === true ? 'a secret' : shown(received)), fix: advice(option, issue, received) }
}

function complaint(issue: z.core.$ZodIssue, got: string): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeWord(issue.expected)}, got ${got}`
    case 'invalid_value':
      return `expected ${oneOf(issue.values)}, got ${got}`
    case 'too_small':
      return `expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${sizeWord(issue.origin)}, got ${got}`
    case 'too_big':
      return `expected ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${sizeWord(issue.origin)}, got ${got}`
    case 'unrecognized_keys':
      return `there is no ${issue.keys.map((key) => `'${key}'`).join(', ')} here`
    case 'invalid_union':
      return `none of the possible forms fits ${got}`
    case 'custom':
      return `${issue.message}, got ${got}`
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return `${issue.message.replace(/^Invalid (?:string|input): /, '').replace(/\.$/, '')}, got ${got}`
    default:
      return issue satisfies never
  }
}

function advice(option: Option, issue: z.core.$ZodIssue, received: unknown): string {
  const suggestion = typeof received === 'string' && issue.code === 'invalid_value' ? nearest(received, issue.values.map(String)) : null
  if (suggestion !== null) return `Did you mean '${suggestion}'?`
  return `${expectation(option)}.`
}

/** What an option wants, in words, with an example: `Give a number of seconds, for example 60`. */
export function expectation(option: Option): string {
  const words = schemaWords(option.schema)
  const unit = option.unit === undefined ? '' : ` of ${option.unit}`
  const article = /^(?:list|object|text|value|number|whole number)/.test(words) ? `${/^[aeiou]/.test(words) ? 'an' : 'a'} ` : ''
  const example = option.example ?? option.default
  const shownExample = example === undefined || option.secret === true ? '' : `, for example ${shown(example)}`
  return `Give ${article}${words}${unit}${shownExample}`
}

const oneOf = (values: readonly unknown[]): string => values.map(shown).join(' or ')

const typeWord = (expected: string): string =>
  ({
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    record: 'an object',
  })[expected] ?? `a ${expected}`

const sizeWord = (origin: string): string => ({ string: ' characters', array: ' entries', set: ' entries' })[origin] ?? ''

/** A value as it is written in a configuration, on one line, cut to a readable length. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  const text = inspect(value, { breakLength: Infinity, compact: true, depth: 3 }).replace(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, step) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, step) : undefined), value)
}
