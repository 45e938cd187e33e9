/** One scope: what it lets its holder do, and the scopes that come with it. */
export type ScopeRow = { readonly doc: string; readonly subscopes: readonly string[] }

/** Every built-in scope (rest-api §3.1). */
export const scopeTable: Readonly<Record<string, ScopeRow>> = {
  '(no_scope)': { doc: 'Identify the owner of the token, nothing else.', subscopes: [] },
  self: { doc: 'Everything a user may do with what is their own. Only for users.', subscopes: [] },
  inherit: { doc: 'Everything the owner of the token may do. Only for tokens.', subscopes: [] },
  'admin-ui': { doc: 'Open the administration pages; no action by itself.', subscopes: [] },
  'admin:users': {
    doc: 'Create, change and delete users, and read their authentication state.',
    subscopes: ['admin:auth_state', 'users', 'read:roles:users', 'delete:users'],
  },
  'admin:auth_state': { doc: "Read users' authentication state.", subscopes: [] },
  users: { doc: 'Read and list users, and post their activity.', subscopes: ['read:users', 'list:users', 'users:activity'] },
  'delete:users': { doc: 'Delete users.', subscopes: [] },
  'list:users': { doc: 'List users.', subscopes: ['read:users:name'] },
  'read:users': {
    doc: 'Read users, without their servers and authentication state.',
    subscopes: ['read:users:name', 'read:users:groups', 'read:users:activity'],
  },
  'read:users:name': { doc: 'Read names of users, and whether they are administrators.', subscopes: [] },
  'read:users:groups': { doc: 'Read which groups users are in.', subscopes: [] },
  'read:users:activity': { doc: 'Read when users were last active.', subscopes: [] },
  'read:roles': { doc: 'Read who has which role.', subscopes: ['read:roles:users', 'read:roles:services', 'read:roles:groups'] },
  'read:roles:users': { doc: 'Read the roles of users.', subscopes: [] },
  'read:roles:services': { doc: 'Read the roles of services.', subscopes: [] },
  'read:roles:groups': { doc: 'Read the roles of groups.', subscopes: [] },
  'users:activity': { doc: "Post users' activity.", subscopes: ['read:users:activity'] },
  'admin:servers': {
    doc: 'Read, start, stop and remove servers, and read their internal state.',
    subscopes: ['admin:server_state', 'servers'],
  },
  'admin:server_state': { doc: 'Read the internal state of servers.', subscopes: [] },
  servers: { doc: 'Start and stop servers.', subscopes: ['read:servers', 'start:servers', 'delete:servers'] },
  'read:servers': { doc: 'Read servers and the progress of their start.', subscopes: ['read:users:name'] },
  'start:servers': { doc: 'Create, change and start servers.', subscopes: [] },
  'delete:servers': { doc: 'Stop and remove servers.', subscopes: [] },
  tokens: { doc: 'Create and delete tokens.', subscopes: ['read:tokens'] },
  'read:tokens': { doc: 'List tokens.', subscopes: [] },
  'admin:groups': { doc: 'Create, change and delete groups.', subscopes: ['groups', 'read:roles:groups', 'delete:groups'] },
  groups: { doc: 'Change members and properties of groups.', subscopes: ['read:groups', 'list:groups'] },
  'list:groups': { doc: 'List groups.', subscopes: ['read:groups:name'] },
  'read:groups': { doc: 'Read groups.', subscopes: ['read:groups:name'] },
  'read:groups:name': { doc: 'Read names of groups.', subscopes: [] },
  'delete:groups': { doc: 'Delete groups.', subscopes: [] },
  'admin:services': {
    doc: 'Create, change and delete services at run time.',
    subscopes: ['list:services', 'read:services', 'read:roles:services'],
  },
  'list:services': { doc: 'List services.', subscopes: ['read:services:name'] },
  'read:services': { doc: 'Read services.', subscopes: ['read:services:name'] },
  'read:services:name': { doc: 'Read names of services, and whether they are administrators.', subscopes: [] },
  'read:hub': { doc: 'Read facts about the hub.', subscopes: [] },
  'access:servers': { doc: 'Use the servers of users, in the browser and by API.', subscopes: [] },
  'access:services': { doc: 'Use services.', subscopes: [] },
  'users:shares': { doc: 'Read and leave what is shared with users.', subscopes: ['read:users:shares'] },
  'read:users:shares': { doc: 'Read what is shared with users.', subscopes: [] },
  'groups:shares': { doc: 'Read and leave what is shared with groups.', subscopes: ['read:groups:shares'] },
  'read:groups:shares': { doc: 'Read what is shared with groups.', subscopes: [] },
  'read:shares': { doc: 'Read with whom servers are shared.', subscopes: [] },
  shares: { doc: 'Share servers, and end it.', subscopes: ['access:servers', 'read:shares', 'users:shares', 'groups:shares'] },
  proxy: { doc: "Read and repair the proxy's routes.", subscopes: [] },
  shutdown: { doc: 'Stop the hub.', subscopes: [] },
  'read:metrics': { doc: 'Read metrics.', subscopes: [] },
}

/** What `self` stands for, each filtered to the user (rest-api §3.3). */
export const selfScopes = ['read:users', 'users:shares', 'read:shares', 'users:activity', 'servers', 'tokens', 'access:servers'] as const

/** All scopes of an installation: the built-in ones and those the operator defined. */
export type ScopeCatalogue = {
  readonly rows: ReadonlyMap<string, ScopeRow>
  /** The scope itself and all its descendants. Unknown scopes have none. */
  readonly family: (name: string) => readonly string[]
}

function closure(rows: ReadonlyMap<string, ScopeRow>, name: string, seen: Set<string>): Set<string> {
  const row = rows.get(name)
  if (row === undefined || seen.has(name)) return seen
  seen.add(name)
  for (const child of row.subscopes) closure(rows, child, seen)
  return seen
}

function catalogueOf(rows: ReadonlyMap<string, ScopeRow>): ScopeCatalogue {
  const families = new Map([...rows.keys()].map((name) => [name, [...closure(rows, name, new Set())]]))
  return { rows, family: (name) => families.get(name) ?? [] }
}

/** The catalogue without scopes of the operator. */
export const builtinCatalogue: ScopeCatalogue = catalogueOf(new Map(Object.entries(scopeTable)))

/** A scope that the operator defines. The hub enforces nothing with it; services do. */
export type CustomScope = { readonly name: string; readonly description: string; readonly subscopes?: readonly string[] }

const customName = /^custom:[a-z0-9][a-z0-9_\-*:]+[a-z0-9_*]$/

function problemsOf(scope: CustomScope, all: ReadonlyMap<string, ScopeRow>): string[] {
  const unknown = (scope.subscopes ?? []).filter((sub) => !customName.test(sub) || !all.has(sub))
  return [
    customName.test(scope.name) ? '' : `${scope.name} is no name for a custom scope: it has to look like custom:area:action`,
    scope.description === '' ? `${scope.name} needs a description` : '',
    ...unknown.map((sub) => `${scope.name} contains ${sub}, which is not defined as a custom scope`),
  ].filter((text) => text !== '')
}

/** The built-in scopes together with those of the operator (rest-api §3.2), and what is wrong with the latter. */
export function createCatalogue(custom: readonly CustomScope[]): {
  readonly catalogue: ScopeCatalogue
  readonly problems: readonly string[]
} {
  const rows = new Map(builtinCatalogue.rows)
  const twice = custom.filter((scope, index) => custom.findIndex((other) => other.name === scope.name) < index)
  for (const scope of custom) {
    if (!builtinCatalogue.rows.has(scope.name)) rows.set(scope.name, { doc: scope.description, subscopes: scope.subscopes ?? [] })
  }
  const problems = [...custom.flatMap((scope) => problemsOf(scope, rows)), ...twice.map((scope) => `${scope.name} is defined twice`)]
  return { catalogue: problems.length === 0 ? catalogueOf(rows) : builtinCatalogue, problems }
}
