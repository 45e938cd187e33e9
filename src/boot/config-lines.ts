/** Steps from the root to a value: `['authenticators', 0, 'clientId']`. */
export type ValuePath = readonly (string | number)[]

/** Tells the line of a value, counted from 1; null when it cannot be told. */
export type Locate = (steps: ValuePath) => number | null

/** The line of a value in a YAML document: `find` gives its node, `lineAt` the line of a place in the text. */
export function locateInYaml(find: (steps: ValuePath) => unknown, lineAt: (offset: number) => number, steps: ValuePath): number | null {
  const node = find(steps)
  const range: unknown = typeof node === 'object' && node !== null ? Reflect.get(node, 'range') : null
  const start: unknown = Array.isArray(range) ? range[0] : null
  return typeof start === 'number' ? lineAt(start) : null
}

/**
 * The line where a value of a module or of JSON stands, found by its keys in the text: the section's key, then the option's key behind it.
 * Entries of lists after the first are not told apart; for them the line of the section is given.
 */
export function locateInModule(text: string, steps: ValuePath): number | null {
  const later = steps.findIndex((step) => typeof step === 'number' && step > 0)
  const keys = (later === -1 ? steps : steps.slice(0, later)).filter((step) => typeof step === 'string')
  let position = 0
  for (const key of keys) {
    const found = keyPosition(text, key, position)
    if (found === null) return null
    position = found
  }
  return keys.length === 0 ? null : text.slice(0, position).split('\n').length
}

function keyPosition(text: string, key: string, from: number): number | null {
  const word = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`(?<![\\w$'"])(['"]?)${word}\\1\\s*:`, 'g')
  pattern.lastIndex = from
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (!isComment(text, match.index)) return match.index
  }
  return null
}

/** Does the line begin as a comment before that place? */
const isComment = (text: string, position: number): boolean =>
  /^\s*(?:\/\/|\/\*|\*)/.test(text.slice(text.lastIndexOf('\n', position) + 1, position))
