/** Where the hub is, as far as a callback address is concerned. */
export type CallbackPlace = {
  /** Null: not configured. */
  readonly publicUrl: string | null
  /** With a slash at both ends. */
  readonly baseUrl: string
}

/** The callback address of a hub: the one to register at a provider. Null when its public address is not known. */
export const callbackUrl = ({ publicUrl, baseUrl }: CallbackPlace): string | null =>
  publicUrl === null ? null : new URL(`${baseUrl}hub/oauth_callback`, publicUrl).href

/**
 * What is wrong with a configured callback address, with the one that would be right; null when it leads to this hub. Providers compare it to the
 * letter, and the browser goes there: another host, port, scheme or path ends on a page that knows nothing of the sign-in.
 */
export function callbackProblem(configured: string, place: CallbackPlace): { readonly what: string; readonly expected: string } | null {
  const [url, expected] = [new URL(configured), new URL(callbackUrl(place) ?? new URL(`${place.baseUrl}hub/oauth_callback`, configured))]
  if (url.pathname !== expected.pathname) return { what: `the path is ${url.pathname}, not ${expected.pathname}`, expected: expected.href }
  if (url.origin !== expected.origin)
    return { what: `it is at ${url.origin}, but hub.publicUrl is at ${expected.origin}`, expected: expected.href }
  return null
}
