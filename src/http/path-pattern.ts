/** A compiled path. Literal parts are compared byte for byte with the raw path; variables are percent-decoded after the split on '/'. */
export type PathPattern = {
  readonly text: string
  readonly parts: readonly PathPart[]
  /** Name of the variable that takes the rest of the path, undecoded; null when the path has a fixed number of parts. */
  readonly rest: string | null
}

type PathPart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly mayBeEmpty: boolean }

/** `matched` carries the variables; `malformed` says that a variable is not valid percent-encoded UTF-8. */
export type PathMatch =
  | { readonly kind: 'matched'; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'different' }

function compilePart(text: string): PathPart {
  if (!text.startsWith(':')) return { kind: 'literal', text }
  const mayBeEmpty = text.endsWith('?')
  return { kind: 'variable', name: text.slice(1, mayBeEmpty ? -1 : undefined), mayBeEmpty }
}

/**
 * Compiles `/users/:user/servers/:server?`. `:name` is one part and not empty, `:name?` one part that may be empty,
 * a last `*name` takes everything that is left (also nothing), as it was sent.
 */
export function compilePath(text: string): PathPattern {
  const parts = text.split('/').slice(1)
  const last = parts.at(-1) ?? ''
  const rest = last.startsWith('*') ? last.slice(1) : null
  return { text, parts: (rest === null ? parts : parts.slice(0, -1)).map(compilePart), rest }
}

function decodePart(raw: string): string | null {
  try {
    return decodeURIComponent(raw)
  } catch {
    return null
  }
}

/** Compares a raw path (starting with '/', no query) with a pattern. */
export function matchPath(pattern: PathPattern, path: string): PathMatch {
  const raw = path.split('/').slice(1)
  if (pattern.rest === null ? raw.length !== pattern.parts.length : raw.length <= pattern.parts.length) return { kind: 'different' }
  const found: [string, string][] = []
  let malformed = false
  for (const [index, part] of pattern.parts.entries()) {
    const text = raw[index] ?? ''
    if (part.kind === 'literal' && part.text !== text) return { kind: 'different' }
    if (part.kind === 'literal') continue
    if (text === '' && !part.mayBeEmpty) return { kind: 'different' }
    const decoded = decodePart(text)
    malformed ||= decoded === null
    found.push([part.name, decoded ?? ''])
  }
  if (malformed) return { kind: 'malformed' }
  if (pattern.rest !== null) found.push([pattern.rest, raw.slice(pattern.parts.length).join('/')])
  return { kind: 'matched', params: Object.fromEntries(found) }
}

/** Sorts patterns so that a literal part is tried before a variable, and a fixed path before one that takes the rest. */
export function comparePatterns(a: PathPattern, b: PathPattern): number {
  return specificity(b).localeCompare(specificity(a))
}

function specificity(pattern: PathPattern): string {
  const parts = pattern.parts.map((part) => (part.kind === 'literal' ? '2' : '1')).join('')
  return `${parts}${pattern.rest === null ? '3' : '0'}`
}
