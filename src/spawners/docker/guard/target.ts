/** What a request is aimed at: path segments and parameters, decoded once. */
export type Target = { readonly segments: readonly string[]; readonly query: ReadonlyMap<string, string> }

const longest = 8192

/**
 * Reads a request target so strictly that it can be understood in one way only: no empty or relative segments, no slashes or percent signs that
 * were encoded, no parameter twice. Null for everything else.
 */
export function parseTarget(raw: string): Target | null {
  if (raw.length > longest || !/^\/[\x21-\x7e]*$/.test(raw) || /[#\\]/.test(raw)) return null
  const at = raw.indexOf('?')
  const [path, search] = at < 0 ? [raw, ''] : [raw.slice(0, at), raw.slice(at + 1)]
  const segments = path.slice(1).split('/').map(decoded)
  const parameters = search === '' ? [] : search.split('&').map(parameterOf)
  if (!segments.every(isPlainSegment)) return null
  const query = new Map<string, string>()
  for (const parameter of parameters) {
    if (parameter === null || query.has(parameter.name)) return null
    query.set(parameter.name, parameter.value)
  }
  return { segments, query }
}

const isPlainSegment = (segment: string | null): segment is string =>
  segment !== null && segment !== '' && segment !== '.' && segment !== '..' && !/[/\\%\p{Cc}]/u.test(segment)

function parameterOf(text: string): { readonly name: string; readonly value: string } | null {
  const at = text.indexOf('=')
  const parts = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  const [name = null, value = null] = parts.map((part) => decoded(part.replaceAll('+', ' ')))
  return name === null || value === null || name === '' || value.includes('\0') ? null : { name, value }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** A path for the engine, encoded anew. */
export const pathOf = (segments: readonly string[], query: Readonly<Record<string, string>> = {}): string => {
  const search = new URLSearchParams(query).toString()
  return `/${segments.map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`
}
