import { fieldKind } from './field-kind.ts'
import type { Client } from './state.ts'

/**
 * The decoded path that an answer may speak for, without a slash at its end; null when it may say everything: that of the hub, and all of them
 * where no hub is known. Servers of people may share an origin, and none may set cookies, service workers or rules for the others or the hub.
 */
export function ownPathOf({ plane, route }: Client): string | null {
  if (plane.hub === null || route === null || route.target?.key === plane.hub.key) return null
  if (!plane.forwarding.hostRouting) return route.path === '/' ? '' : route.path
  const afterHost = route.path.indexOf('/', 1)
  return afterHost === -1 ? '' : route.path.slice(afterHost)
}

/** True for a response field that would hold outside `ownPath`. `url` is the target of the request. */
export function reachesBeyond(kind: number, value: string, ownPath: string, url: string): boolean {
  if (kind === fieldKind.originWide) return true
  if (kind === fieldKind.setCookie) return !isWithin(cookiePath(value, url), ownPath)
  return kind === fieldKind.workerScope && !isWithin(resolvedPath(value, url), ownPath)
}

/** The path of a cookie as browsers find it (RFC 6265 §5.2.4, §5.1.4): that of the last `Path`, else the folder of the address. */
function cookiePath(line: string, url: string): string {
  const given = line
    .split(';')
    .slice(1)
    .findLast((part) => /^\s*path\s*(?:=|$)/i.test(part))
    ?.replace(/^[^=]*=?/, '')
    .trim()
  if (given?.startsWith('/')) return given
  const path = url.replace(/\?.*/, '')
  return path.slice(0, Math.max(1, path.lastIndexOf('/') + 1))
}

const base = 'http://server.invalid'

function resolvedPath(value: string, url: string): string {
  if (!URL.canParse(value, `${base}${url}`)) return '/'
  const { origin, pathname } = new URL(value, `${base}${url}`)
  return origin === base ? pathname : '/'
}

/** Compared decoded, as routes are. A dot segment or what cannot be decoded is nobody's path. */
function isWithin(path: string, ownPath: string): boolean {
  const decoded = decode(path)
  if (decoded === null || /(?:^|\/)\.{1,2}(?:\/|$)/.test(decoded)) return false
  return decoded === ownPath || decoded.startsWith(`${ownPath}/`)
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}
