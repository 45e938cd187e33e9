/** Where a lookup ended. */
export type Lookup<T> =
  /** `prefixLength`: how many characters of the raw path the route's own path covers (0 for the root route). */
  | { readonly kind: 'found'; readonly value: T; readonly prefixLength: number }
  /** No route covers the path. */
  | { readonly kind: 'absent' }
  /** The routing part of the path can be read in two ways: an encoded slash, an empty or a dot segment, a backslash, a NUL. */
  | { readonly kind: 'ambiguous' }
  /** No route covers the path, and a segment of it has a broken percent escape. */
  | { readonly kind: 'undecodable' }

/** Routes by decoded path. Every operation cleans its path first: a slash in front, none at the end. */
export type RouteTable<T> = {
  set(path: string, value: T): void
  get(path: string): T | undefined
  /** True when there was such a route. Routes below it stay. */
  delete(path: string): boolean
  entries(): IterableIterator<[string, T]>
  /**
   * The route with the longest path that covers `rawPath` (still percent-encoded, without query) on segment borders.
   * `host` is the host name without port in host routing, where the first segment of a route is a host name; null otherwise.
   */
  find(host: string | null, rawPath: string): Lookup<T>
}

type Node<T> = { value: T | undefined; readonly children: Map<string, Node<T>> }

const absent = { kind: 'absent' } as const
const ambiguous = { kind: 'ambiguous' } as const
const undecodable = { kind: 'undecodable' } as const

const dotSegment = /\/(?:\.|%2e){1,2}(?=\/|$)/i
const encodedSeparator = /%2f|%5c|%00|\\/i

/** The form in which a path is kept: decoded, a slash in front, no slash at the end (one is taken away). */
export function cleanRoutePath(path: string): string {
  const rooted = path.startsWith('/') ? path : `/${path}`
  return rooted.length > 1 && rooted.endsWith('/') ? rooted.slice(0, -1) : rooted
}

/** The host name of a Host header: without port, in lower case; an address in brackets stays whole. */
export function routeHost(hostHeader: string): string {
  const end = hostHeader.startsWith('[') ? hostHeader.indexOf(']') + 1 : hostHeader.indexOf(':')
  return (end > 0 ? hostHeader.slice(0, end) : hostHeader).toLowerCase()
}

/** An empty table. In host routing the first segment of every path is kept in lower case. */
export function createRouteTable<T>(options: { readonly hostRouting: boolean } = { hostRouting: false }): RouteTable<T> {
  const byPath = new Map<string, T>()
  const root: Node<T> = { value: undefined, children: new Map() }
  const keyOf = (path: string): string => (options.hostRouting ? lowerFirst(cleanRoutePath(path)) : cleanRoutePath(path))
  return {
    set(path, value) {
      const key = keyOf(path)
      byPath.set(key, value)
      nodeAt(root, segmentsOf(key)).value = value
    },
    get: (path) => byPath.get(keyOf(path)),
    delete(path) {
      const key = keyOf(path)
      if (!byPath.delete(key)) return false
      prune(root, segmentsOf(key), 0)
      return true
    },
    entries: () => byPath.entries(),
    find(host, rawPath) {
      if (dotSegment.test(rawPath)) return ambiguous
      const start = host === null ? root : root.children.get(host)
      const found = start === undefined ? absent : walk(start, rawPath, start !== root)
      if (found.kind !== 'absent' || root.value === undefined || start === root) return found
      return { kind: 'found', value: root.value, prefixLength: 0 }
    },
  }
}

/** `certain`: the start node is a route of its own kind (a host), so that its value is a decided match. */
function walk<T>(start: Node<T>, rawPath: string, certain: boolean): Lookup<T> {
  let node = start
  let best = start.value
  let prefixLength = 0
  let decided = certain && best !== undefined
  let broken = false
  let from = 1
  while (from <= rawPath.length && (node.children.size > 0 || from === 1)) {
    const slash = rawPath.indexOf('/', from)
    const end = slash === -1 ? rawPath.length : slash
    const raw = rawPath.slice(from, end)
    if (!decided && isAmbiguous(raw, slash === -1)) return ambiguous
    const segment = decode(raw)
    broken ||= segment === null
    const child = segment === null ? undefined : node.children.get(segment)
    if (child === undefined) {
      if (isAmbiguousBelow(node, raw, segment)) return ambiguous
      break
    }
    node = child
    from = end + 1
    if (child.value === undefined) continue
    best = child.value
    prefixLength = end
    decided = true
  }
  if (best !== undefined) return { kind: 'found', value: best, prefixLength }
  return broken ? undecodable : absent
}

const isAmbiguous = (raw: string, last: boolean): boolean => (raw === '' ? !last : encodedSeparator.test(raw))

/** Below a decided route the rest belongs to its server, unless a server that decodes slashes would see a longer route in it. */
function isAmbiguousBelow<T>(node: Node<T>, raw: string, segment: string | null): boolean {
  if (segment === null || !encodedSeparator.test(raw)) return false
  return segment.split(/[/\\]/).some((piece) => node.children.has(piece))
}

function decode(raw: string): string | null {
  if (!raw.includes('%')) return raw
  try {
    return decodeURIComponent(raw)
  } catch {
    return null
  }
}

const segmentsOf = (key: string): readonly string[] => (key === '/' ? [] : key.slice(1).split('/'))

function lowerFirst(key: string): string {
  const end = key.indexOf('/', 1)
  return end === -1 ? key.toLowerCase() : key.slice(0, end).toLowerCase() + key.slice(end)
}

function nodeAt<T>(root: Node<T>, segments: readonly string[]): Node<T> {
  let node = root
  for (const segment of segments) {
    const next: Node<T> = node.children.get(segment) ?? { value: undefined, children: new Map() }
    node.children.set(segment, next)
    node = next
  }
  return node
}

/** Takes the value away and then every branch that is left empty. True when the node itself is empty. */
function prune<T>(node: Node<T>, segments: readonly string[], depth: number): boolean {
  const segment = segments[depth]
  if (segment === undefined) node.value = undefined
  else {
    const child = node.children.get(segment)
    if (child !== undefined && prune(child, segments, depth + 1)) node.children.delete(segment)
  }
  return node.value === undefined && node.children.size === 0
}
