import { isObject } from '../docker-py-names.ts'

/** The object that a text of JSON is; null when it is none, or when a name stands twice in one object: readers differ in which one counts. */
export function strictObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) && !hasTwins(text) ? value : null
  } catch {
    return null
  }
}

/** Whether an object in a text of valid JSON has a name twice. */
function hasTwins(text: string): boolean {
  const open: (Set<string> | null)[] = []
  let last: string | null = null
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]/g)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':' && last !== null) {
      const names = open.at(-1)
      const name = String(JSON.parse(last))
      if (names?.has(name) === true || name === '__proto__') return true
      names?.add(name)
    }
    last = token.startsWith('"') ? token : null
  }
  return false
}
