import { isObject } from '../docker-py-names.ts'

/** What is known of the fields of a template. A field that is not known may be any one word without a slash. */
export type Known = Readonly<Record<string, string>>

/** Whether a text is what a template of the configuration gives. Folders that climb are none. */
export function fits(template: string, text: string, known: Known = {}): boolean {
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(text)) return false
  const parts = template.split(/(\{\w+\})/).map((part, index) => (index % 2 === 0 ? literal(part) : fieldPattern(part.slice(1, -1), known)))
  return new RegExp(`^${parts.join('')}$`, 'u').test(text)
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

/** Names of users hold none of the characters by which the engine takes texts apart. */
const fieldPattern = (name: string, known: Known): string => {
  const value = known[name]
  return value === undefined ? String.raw`[^\/:,\\\p{Cc}]+` : literal(value)
}

/** Whether a value is what a value of the configuration gives, texts being templates. */
export function fitsValue(template: unknown, value: unknown, known: Known = {}): boolean {
  if (typeof template === 'string') return typeof value === 'string' && fits(template, value, known)
  if (Array.isArray(template)) {
    return Array.isArray(value) && value.length === template.length && template.every((one, index) => fitsValue(one, value[index], known))
  }
  if (!isObject(template)) return template === value
  if (!isObject(value)) return false
  const names = Object.keys(template)
  return (
    names.length === Object.keys(value).length &&
    names.every((name) => Object.hasOwn(value, name) && fitsValue(template[name], value[name], known))
  )
}

/** True for what means the same as nothing. An empty list can mean much, and is no such thing. */
export const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === false || value === 0 || value === ''
