import type { Json } from './json.ts'
import { anchoredPattern } from './profile-pattern.ts'
import type { ProfileField } from './profile-schema.ts'

/** A value that fits its field, or why not. `expected` has no words, so that it needs no translation: `1 … 8`. */
export type ReadValue =
  | { readonly ok: true; readonly value: string | number }
  | { readonly ok: false; readonly reason: string; readonly expected: string }

/** Reads what a form or the API gave for a field; `undefined` means the default. */
export function readValue(field: ProfileField, given: Json | undefined): ReadValue {
  const value = given ?? initialValue(field)
  if (value === undefined) return refused(field, 'it is missing')
  switch (field.kind) {
    case 'choice':
      return readChoice(field, value)
    case 'number':
      return readNumber(field, value)
    case 'text':
      return readText(field, value)
    default:
      return field satisfies never
  }
}

/** What a field holds before anybody has touched it: its default, or the first choice. */
export const initialValue = (field: ProfileField): string | number | undefined =>
  field.default ?? (field.kind === 'choice' ? Object.keys(field.choices)[0] : undefined)

/** What a field takes, in signs. */
export function expectationOf(field: ProfileField): string {
  if (field.kind === 'choice') return Object.keys(field.choices).join(', ')
  return field.kind === 'number' ? `${field.min} … ${field.max}` : field.pattern
}

const refused = (field: ProfileField, reason: string): ReadValue => ({ ok: false, reason, expected: expectationOf(field) })

function readChoice(field: ProfileField & { readonly kind: 'choice' }, value: Json): ReadValue {
  if (typeof value !== 'string' || !Object.hasOwn(field.choices, value)) return refused(field, 'it is none of the choices')
  return { ok: true, value }
}

function readNumber(field: ProfileField & { readonly kind: 'number' }, given: Json): ReadValue {
  const isText = typeof given === 'string' && /^-?\d{1,15}(?:\.\d{1,9})?$/.test(given.trim())
  const value = isText ? Number(given) : given
  if (typeof value !== 'number') return refused(field, 'it is not a number')
  if (field.whole && !Number.isInteger(value)) return refused(field, 'it is not a whole number')
  return value < field.min || value > field.max ? refused(field, 'it is outside the range') : { ok: true, value }
}

function readText(field: ProfileField & { readonly kind: 'text' }, value: Json): ReadValue {
  const parsed = anchoredPattern(field.pattern)
  // A control character could end a line or a value where the text is used.
  if (typeof value !== 'string' || /\p{Cc}/u.test(value) || !value.isWellFormed()) return refused(field, 'it is not plain text')
  if (value.length > field.maxLength) return refused(field, 'it is too long')
  return parsed.ok && parsed.pattern.test(value) ? { ok: true, value } : refused(field, 'it does not fit the pattern')
}
