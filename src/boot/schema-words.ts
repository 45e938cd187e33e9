import { z } from 'zod'

/** What a schema takes from outside, in the order in which it is tried. */
export type InputKind = 'text' | 'number' | 'boolean' | 'list' | 'object'

/** The kinds of value that a schema takes. Empty for one that takes anything. */
export function inputKinds(schema: unknown): ReadonlySet<InputKind> {
  const bare = unwrap(schema)
  if (bare instanceof z.ZodUnion) return new Set(bare.options.flatMap((option) => [...inputKinds(option)]))
  if (bare instanceof z.ZodLiteral) return new Set([...bare.values].flatMap(kindOfLiteral))
  const kind = kindOf(bare)
  return new Set(kind === null ? [] : [kind])
}

/** What a schema takes, in words: `text`, `'a' or 'b'`, `list of texts`. */
export function schemaWords(schema: unknown): string {
  const bare = unwrap(schema)
  if (bare instanceof z.ZodEnum) return alternatives(bare.options.map((option) => `'${option}'`))
  if (bare instanceof z.ZodLiteral) return alternatives([...bare.values].map((value) => `'${String(value)}'`))
  if (bare instanceof z.ZodArray) return `list of ${many(schemaWords(bare.element))}`
  if (bare instanceof z.ZodRecord) return 'object of names and values'
  if (bare instanceof z.ZodObject) return `object { ${Object.keys(bare.shape).join(', ')} }`
  if (bare instanceof z.ZodUnion) return alternatives([...new Set(bare.options.map(schemaWords))])
  if (bare instanceof z.ZodNumber) return bare.format === null ? 'number' : 'whole number'
  if (bare instanceof z.ZodBoolean) return 'true or false'
  return kindOf(bare) === 'text' ? 'text' : 'value'
}

/** The schema without what only wraps it; of a pipe its inner end that faces the outside. */
export function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodReadonly) return unwrap(schema.unwrap())
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrap(schema.unwrap())
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema
}

function kindOf(schema: unknown): InputKind | null {
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum || schema instanceof z.ZodURL) return 'text'
  if (schema instanceof z.ZodNumber) return 'number'
  if (schema instanceof z.ZodBoolean) return 'boolean'
  if (schema instanceof z.ZodArray || schema instanceof z.ZodTuple) return 'list'
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord ? 'object' : null
}

function kindOfLiteral(value: unknown): InputKind[] {
  if (typeof value === 'string') return ['text']
  if (typeof value === 'number') return ['number']
  return typeof value === 'boolean' ? ['boolean'] : []
}

const alternatives = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`

const many = (words: string): string => (words === 'text' || words === 'number' ? `${words}s` : words)
