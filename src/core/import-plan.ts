import type { JsonObject } from './json.ts'
import { parseServerName, parseUserName } from './names.ts'
import { builtinRoles } from './roles.ts'
import type { IsoTime } from './time.ts'

/** Another hub, as its database says. Numbers are those of that database. */
export type ForeignHub = {
  readonly users: readonly { readonly id: number; readonly name: string; readonly admin: boolean }[]
  readonly groups: readonly { readonly id: number; readonly name: string; readonly properties: JsonObject }[]
  readonly members: readonly { readonly userId: number; readonly groupId: number }[]
  readonly roles: readonly {
    readonly id: number
    readonly name: string
    readonly description: string
    readonly scopes: readonly string[]
  }[]
  readonly roleUsers: readonly { readonly roleId: number; readonly userId: number }[]
  readonly roleGroups: readonly { readonly roleId: number; readonly groupId: number }[]
  readonly servers: readonly { readonly userId: number; readonly name: string; readonly options: JsonObject; readonly isRunning: boolean }[]
  readonly tokens: readonly ForeignToken[]
}

/** A token of another hub. `userId` null: of a service. */
export type ForeignToken = {
  readonly userId: number | null
  readonly hashed: string
  readonly prefix: string
  readonly clientId: string | null
  readonly scopes: readonly string[]
  readonly note: string
  readonly createdAt: IsoTime | null
  readonly expiresAt: IsoTime | null
}

/** A person with everything that is taken over with them. */
export type ImportedPerson = {
  readonly name: string
  readonly admin: boolean
  readonly groups: readonly string[]
  readonly servers: readonly { readonly name: string; readonly options: JsonObject }[]
  readonly tokens: readonly ForeignToken[]
}

/** A role as the configuration has to name it. */
export type RoleToConfigure = {
  readonly name: string
  readonly description: string
  readonly scopes: readonly string[]
  readonly users: readonly string[]
  readonly groups: readonly string[]
}

/** What would be taken over, or why nothing can be. */
export type ImportPlan = {
  readonly people: readonly ImportedPerson[]
  readonly groups: readonly { readonly name: string; readonly properties: JsonObject }[]
  /** Roles live in the configuration: these have to be written there. */
  readonly roles: readonly RoleToConfigure[]
  /** What is left behind, one sentence each. */
  readonly left: readonly string[]
  /** Why nothing is taken over, one sentence each; empty when it can be. */
  readonly problems: readonly string[]
}

/** Client of tokens that people made themselves. */
const ownClient = 'jupyterhub'
/** So begins the note of the token that a running server has. */
const serverNote = 'Server at '

/** What of another hub is taken over at `now`. Names are normalised; two people must not become one. */
export function planImport(hub: ForeignHub, now: IsoTime): ImportPlan {
  const names = new Map<number, string>()
  const problems: string[] = []
  for (const user of hub.users) {
    const parsed = parseUserName(user.name)
    if (!parsed.ok) problems.push(`The name ${JSON.stringify(user.name)} cannot be used here: ${parsed.reason}. Rename the person there.`)
    else if ([...names.values()].includes(parsed.name))
      problems.push(`There are two people who would both be called ${parsed.name}. Rename one of them there.`)
    else names.set(user.id, parsed.name)
  }
  const groupNames = new Map(hub.groups.map((group) => [group.id, group.name]))
  const people = hub.users.flatMap((user): ImportedPerson[] => {
    const name = names.get(user.id)
    if (name === undefined) return []
    return [
      {
        name,
        admin: user.admin,
        groups: groupsOf(hub, user.id, groupNames),
        servers: serversOf(hub, user.id),
        tokens: tokensOf(hub, user.id, now),
      },
    ]
  })
  const groups = hub.groups.map(({ name, properties }) => ({ name, properties }))
  return { people, groups, roles: rolesOf(hub, names, groupNames), left: leftBehind(hub, now), problems }
}

const named = (names: ReadonlyMap<number, string>, id: number): readonly string[] => {
  const name = names.get(id)
  return name === undefined ? [] : [name]
}

const groupsOf = (hub: ForeignHub, userId: number, names: ReadonlyMap<number, string>): readonly string[] =>
  hub.members.filter((member) => member.userId === userId).flatMap(({ groupId }) => named(names, groupId))

const serversOf = (hub: ForeignHub, userId: number): ImportedPerson['servers'] =>
  hub.servers
    .filter((server) => server.userId === userId && parseServerName(server.name).ok)
    .filter(({ name, options }) => name !== '' || Object.keys(options).length > 0)
    .map(({ name, options }) => ({ name, options }))

const isOver = ({ expiresAt }: ForeignToken, now: IsoTime): boolean => expiresAt !== null && expiresAt < now
const isOwn = (token: ForeignToken): boolean => token.clientId === ownClient && !token.note.startsWith(serverNote)

const tokensOf = (hub: ForeignHub, userId: number, now: IsoTime): readonly ForeignToken[] =>
  hub.tokens.filter((token) => token.userId === userId && isOwn(token) && !isOver(token, now))

function rolesOf(hub: ForeignHub, names: ReadonlyMap<number, string>, groupNames: ReadonlyMap<number, string>): readonly RoleToConfigure[] {
  return hub.roles.flatMap((role): RoleToConfigure[] => {
    const users = hub.roleUsers.filter(({ roleId }) => roleId === role.id).flatMap(({ userId }) => named(names, userId))
    const groups = hub.roleGroups.filter(({ roleId }) => roleId === role.id).flatMap(({ groupId }) => named(groupNames, groupId))
    if (Object.hasOwn(builtinRoles, role.name)) return []
    return [{ name: role.name, description: role.description, scopes: role.scopes, users, groups }]
  })
}

/** What has no place here, or is over anyway. */
function leftBehind(hub: ForeignHub, now: IsoTime): readonly string[] {
  const count = (tokens: readonly unknown[], sentence: (many: number) => string): readonly string[] =>
    tokens.length === 0 ? [] : [sentence(tokens.length)]
  const odd = hub.servers.filter(({ name }) => !parseServerName(name).ok)
  return [
    ...odd.map(({ name }) => `The server name ${JSON.stringify(name)} cannot be used here; its home is not touched.`),
    ...count(
      hub.servers.filter(({ isRunning }) => isRunning),
      (many) => `${many} servers run there. They are not taken over: stop them before you switch.`,
    ),
    ...count(
      hub.tokens.filter(({ userId }) => userId === null),
      (many) => `${many} tokens of services: name each in services[].apiToken of the configuration.`,
    ),
    ...count(
      hub.tokens.filter((token) => token.userId !== null && isOver(token, now)),
      (many) => `${many} tokens have expired.`,
    ),
    ...count(
      hub.tokens.filter((token) => token.userId !== null && !isOwn(token)),
      (many) => `${many} tokens of servers and of browsers: they are made anew.`,
    ),
  ]
}
