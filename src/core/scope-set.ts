import { builtinCatalogue } from './scope-table.ts'
import type { ScopeCatalogue } from './scope-table.ts'
import { ownerInKey } from './scope-text.ts'
import type { FilterKind } from './scope-text.ts'

/** What a filtered scope reaches, each kind on its own; the effect is the union. */
export type Filters = { readonly [K in FilterKind]: ReadonlySet<string> }
/** How far one scope reaches. */
export type Grant = 'all' | Filters

/** Expanded, concrete scopes. Opaque outside `core/scope*.ts`: ask with `allows`, `holds`, `filtersOf`, show with `formatScopes`. */
export type ScopeSet = { readonly grants: ReadonlyMap<string, Grant> }

/** Groups that a user is in. Must know every user that `namedUsers` of the scopes at hand returns; others may be unknown (empty). */
export type GroupFacts = (user: string) => readonly string[]

/** A scope without placeholder. */
export type ConcreteScope = { readonly base: string; readonly filter: { readonly kind: FilterKind; readonly value: string } | null }

const kinds = ['user', 'group', 'server', 'service'] as const

const filters = (
  user: Iterable<string> = [],
  group: Iterable<string> = [],
  server: Iterable<string> = [],
  service: Iterable<string> = [],
): Filters => ({
  user: new Set(user),
  group: new Set(group),
  server: new Set(server),
  service: new Set(service),
})

const oneFilter = (kind: FilterKind, value: string): Filters => ({ ...filters(), [kind]: new Set([value]) })

function joinGrants(a: Grant | undefined, b: Grant): Grant {
  if (a === undefined) return b
  if (a === 'all' || b === 'all') return 'all'
  return filters([...a.user, ...b.user], [...a.group, ...b.group], [...a.server, ...b.server], [...a.service, ...b.service])
}

/** A filter by server says nothing about users, so scopes about users do not come with it (rest-api §3.5). */
const comesWith = (child: string, scope: ConcreteScope): boolean =>
  child === scope.base || scope.filter?.kind !== 'server' || !child.startsWith('read:user')

/** Every scope with all its descendants, the filter copied to each; unfiltered beats filtered. */
export function expandScopes(scopes: readonly ConcreteScope[], catalogue: ScopeCatalogue = builtinCatalogue): ScopeSet {
  const grants = new Map<string, Grant>()
  for (const scope of scopes) {
    const grant = scope.filter === null ? 'all' : oneFilter(scope.filter.kind, scope.filter.value)
    const family = catalogue.family(scope.base).filter((child) => comesWith(child, scope))
    for (const name of family) grants.set(name, joinGrants(grants.get(name), grant))
  }
  return { grants }
}

/** What either side may do. */
export function union(a: ScopeSet, b: ScopeSet): ScopeSet {
  const grants = new Map(a.grants)
  for (const [base, grant] of b.grants) grants.set(base, joinGrants(grants.get(base), grant))
  return { grants }
}

const common = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> => a.intersection(b)

/** Users and servers of `inner` that lie within what `outer` names by a wider filter. */
function within(inner: Filters, outer: Filters, groupsOf: GroupFacts): { users: string[]; servers: string[] } {
  const inGroup = (user: string): boolean => groupsOf(user).some((group) => outer.group.has(group))
  return {
    users: [...inner.user].filter(inGroup),
    servers: [...inner.server].filter((key) => outer.user.has(ownerInKey(key)) || inGroup(ownerInKey(key))),
  }
}

function meetFilters(a: Filters, b: Filters, groupsOf: GroupFacts): Filters {
  const [aInB, bInA] = [within(a, b, groupsOf), within(b, a, groupsOf)]
  return filters(
    [...common(a.user, b.user), ...aInB.users, ...bInA.users],
    common(a.group, b.group),
    [...common(a.server, b.server), ...aInB.servers, ...bInA.servers],
    common(a.service, b.service),
  )
}

function meetGrants(a: Grant, b: Grant, groupsOf: GroupFacts): Grant {
  if (a === 'all') return b
  return b === 'all' ? a : meetFilters(a, b, groupsOf)
}

/** What both sides may do (rest-api §3.5). Never more than either side; the order of the sides does not matter. */
export function intersect(a: ScopeSet, b: ScopeSet, groupsOf: GroupFacts): ScopeSet {
  const grants = new Map<string, Grant>()
  for (const [base, mine] of a.grants) {
    const theirs = b.grants.get(base)
    if (theirs === undefined) continue
    const grant = meetGrants(mine, theirs, groupsOf)
    if (grant === 'all' || kinds.some((kind) => grant[kind].size > 0)) grants.set(base, grant)
  }
  return { grants }
}

/** The scopes one by one. */
export function listScopes(set: ScopeSet): ConcreteScope[] {
  return [...set.grants].flatMap(([base, grant]): ConcreteScope[] => {
    if (grant === 'all') return [{ base, filter: null }]
    return kinds.flatMap((kind) => [...grant[kind]].map((value) => ({ base, filter: { kind, value } })))
  })
}

/** `read:users!user=alice` */
export const formatScope = ({ base, filter }: ConcreteScope): string => (filter === null ? base : `${base}!${filter.kind}=${filter.value}`)

/** The wire form: expanded, concrete, sorted. */
export const formatScopes = (set: ScopeSet): string[] =>
  listScopes(set)
    .map(formatScope)
    .toSorted((a, b) => (a < b ? -1 : 1))

/** Users named in filters by user or server: those whose groups an intersection has to know. */
export function namedUsers(...sets: readonly ScopeSet[]): string[] {
  const grants = sets.flatMap((set) => [...set.grants.values()]).filter((grant) => grant !== 'all')
  return [...new Set(grants.flatMap((grant) => [...grant.user, ...[...grant.server].map(ownerInKey)]))]
}
