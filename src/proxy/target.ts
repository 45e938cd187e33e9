/** Where requests of a route go, read once when the route is made. */
export type Target = {
  /** Connections of equal keys are one pool. */
  readonly key: string
  readonly secure: boolean
  /** Null for a unix socket. */
  readonly host: string | null
  readonly port: number
  /** Null for TCP. */
  readonly socketPath: string | null
  /** `host[:port]` as a Host header names it. */
  readonly authority: string
  /** Path that is put in front of the request's path; empty when there is nothing to put there. */
  readonly path: string
  /** Query that is put in front of the request's query, without `?`. */
  readonly query: string
}

/** Reads a target URL: `http:`, `https:`, or `http+unix://<percent-encoded path>` (also `unix+http:`). Null when it cannot be one. */
export function parseTarget(text: string): Target | null {
  const unix = /^(?:http\+unix|unix\+http):\/\/([^/?#]+)([^?#]*)(?:\?([^#]*))?/i.exec(text)
  if (unix !== null) return unixTarget(unix[1] ?? '', unix[2] ?? '', unix[3] ?? '')
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const secure = url.protocol === 'https:'
  if ((!secure && url.protocol !== 'http:') || url.hostname === '') return null
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return {
    key: `${url.protocol}//${url.hostname}:${port}`,
    secure,
    host,
    port,
    socketPath: null,
    authority: url.host,
    path: url.pathname === '/' ? '' : url.pathname,
    query: url.search.slice(1),
  }
}

function unixTarget(encoded: string, path: string, query: string): Target | null {
  const socketPath = decoded(encoded)
  if (socketPath === null || !socketPath.startsWith('/')) return null
  return {
    key: `unix:${socketPath}`,
    secure: false,
    host: null,
    port: 0,
    socketPath,
    authority: 'localhost',
    path: path === '/' ? '' : path,
    query,
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** `a` + `b` with exactly one slash at the seam. */
export function joinPaths(a: string, b: string): string {
  const rest = b.startsWith('/') ? b.slice(1) : b
  return a.endsWith('/') ? a + rest : `${a}/${rest}`
}
