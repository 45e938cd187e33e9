/** A pattern that has to fit the whole of a text; `inner` is it without its anchors. */
export type AnchoredPattern =
  | { readonly ok: true; readonly pattern: RegExp; readonly inner: string }
  | { readonly ok: false; readonly message: string }

/**
 * Reads `^…$`. A pattern with alternatives (`^a|b$`) is taken as meant: each of them has to fit the whole text.
 * Unanchored patterns are refused, because `[a-z]+` would let anything through that has a letter in it.
 */
export function anchoredPattern(text: string): AnchoredPattern {
  const isEnded = /(?:^|[^\\])(?:\\\\)*\$$/.test(text)
  if (!text.startsWith('^') || !isEnded) return { ok: false, message: "expected a pattern that begins with '^' and ends with '$'" }
  const inner = text.slice(1, -1)
  try {
    return { ok: true, pattern: new RegExp(`^(?:${inner})$`, 'u'), inner }
  } catch {
    return { ok: false, message: 'expected a regular expression that JavaScript understands' }
  }
}

/** The pattern for the attribute of an input, where browsers read it in their stricter way; null when they could not. */
export function inputPattern(text: string): string | null {
  const parsed = anchoredPattern(text)
  if (!parsed.ok) return null
  try {
    return new RegExp(parsed.inner, 'v') instanceof RegExp ? parsed.inner : null
  } catch {
    return null
  }
}
