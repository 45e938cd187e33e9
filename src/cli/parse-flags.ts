import { parseArgs } from 'node:util'
import { nearest } from '../core/nearest.ts'
import type { Command, Flag, Flags, FlagValues } from './command.ts'

/** Flags and words of a call, or one sentence about what is wrong with them. */
export type ParsedFlags<F extends Flags> =
  | { readonly ok: true; readonly flags: FlagValues<F>; readonly words: readonly string[] }
  | { readonly ok: false; readonly sentence: string }

/** Reads the arguments of a command. */
export function parseFlags<F extends Flags>(command: Command<F>, args: readonly string[]): ParsedFlags<F> {
  const { tokens } = parseArgs({ args: [...args], options: optionsOf(command.flags), strict: false, allowPositionals: true, tokens: true })
  const values: Record<string, string | boolean | undefined> = {}
  const words: string[] = []
  for (const [name, flag] of Object.entries(command.flags)) values[name] = flag.kind === 'switch' ? false : undefined
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const sentence = refuse(command.flags[token.name], token.rawName, token.value, command.flags)
    if (sentence !== null) return { ok: false, sentence }
    values[token.name] = token.value ?? true
  }
  const sentence = refuseWords(command, words)
  if (sentence !== null || !isComplete(command, values)) return { ok: false, sentence: sentence ?? command.usage }
  return { ok: true, flags: values, words }
}

function optionsOf(flags: Flags): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  const entries = Object.entries(flags).map(([name, { kind, short }]): [string, { type: 'string' | 'boolean'; short?: string }] => [
    name,
    { type: kind === 'switch' ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) },
  ])
  return Object.fromEntries(entries)
}

function refuse(flag: Flag | undefined, given: string, value: string | undefined, flags: Flags): string | null {
  if (flag === undefined) {
    const meant = nearest(given.replace(/^-+/, ''), Object.keys(flags))
    return `There is no flag ${given}.${meant === null ? '' : ` Did you mean --${meant}?`}`
  }
  if (flag.kind === 'switch') return value === undefined ? null : `${given} takes no value.`
  return value === undefined || value === '' ? `${given} needs a value: ${given} ${flag.placeholder}.` : null
}

function refuseWords({ words: [least, most], usage }: Command, words: readonly string[]): string | null {
  if (words.length < least) return `Something is missing: ${usage}.`
  return words.length > most ? `${JSON.stringify(words[most])} is too much: ${usage === '' ? 'no words are taken' : usage}.` : null
}

/** Every flag of the table has its value by now: switches a boolean, others a text or undefined. */
const isComplete = <F extends Flags>(
  command: Command<F>,
  values: Readonly<Record<string, string | boolean | undefined>>,
): values is FlagValues<F> =>
  Object.entries(command.flags).every(([name, { kind }]) => name in values && (kind === 'switch') === (typeof values[name] === 'boolean'))
