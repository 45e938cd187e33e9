import { fieldOf } from './callers.ts'
import type { Caller, Seen } from './callers.ts'

/** What is compared of one reply. */
export type Noted = {
  readonly call: string
  readonly status: number
  readonly type: string | null
  /** Text of an error. */
  readonly message: unknown
  /** The reply with every value replaced by its type. */
  readonly shape: unknown
  /** The scopes in the reply, if there are any. */
  readonly scopes: unknown
}

/** A hub under test: an administrator, and callers with headers of their own. */
export type Subject = { readonly root: Caller; readonly as: (headers: Record<string, string>) => Caller }

/** The reply with values replaced by their types, keys sorted, lists by their first entry. Null and a value look the same. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]: [string, unknown]) => [key, inner === null ? 'null' : shapeOf(inner)]),
  )
}

/** Runs one script of calls and notes what came back. The hub must have nobody but root1. */
export async function script({ root, as }: Subject): Promise<readonly Noted[]> {
  const notes: Noted[] = []
  const by =
    (who: string, caller: Caller): Caller =>
    async (method, path, body, headers) => {
      const seen = await caller(method, path, body, headers)
      const shown = body === undefined ? '' : ` ${typeof body === 'string' ? body : JSON.stringify(body)}`
      notes.push({
        call: `${who}: ${method} ${path}${shown}`,
        status: seen.status,
        type: seen.status === 204 ? null : seen.headers.get('content-type'),
        message: seen.status >= 400 ? fieldOf(seen.body, 'message') : null,
        shape: seen.status >= 400 || seen.body === null ? null : shapeOf(seen.body),
        scopes: fieldOf(seen.body, 'scopes'),
      })
      return seen
    }
  const [admin, nobody] = [by('root1', root), by('nobody', as({}))]
  const holder = (seen: Seen): Caller => as({ authorization: `token ${String(fieldOf(seen.body, 'token'))}` })

  await basics(admin, nobody)
  await people(admin)
  const alice = by('alice', holder(await admin('POST', '/users/alice/tokens', { note: 'script' })))
  await whatAliceMay(alice)
  await tokens(admin, alice)
  await servers(admin, alice)
  await activity(alice)
  await groups(admin, alice)
  await alice('POST', '/users/alice/server', '"text"')
  await removal(admin)
  return notes
}

async function basics(admin: Caller, nobody: Caller): Promise<void> {
  for (const path of ['', '/', '/info', '/health', '/user', '/nope', '/users/']) {
    await nobody('GET', path)
    await admin('GET', path)
  }
  await nobody('OPTIONS', '/users')
  await nobody('HEAD', '/users')
  await nobody('POST', '/users', {})
  await admin('PATCH', '/user')
  await admin('PUT', '/users')
}

async function people(admin: Caller): Promise<void> {
  await admin('POST', '/users', { usernames: ['alice', 'bob', 'Carol'] })
  await admin('POST', '/users', { usernames: ['alice', 'dave'] })
  await admin('POST', '/users', { usernames: ['alice', 'bob'] })
  for (const body of [undefined, {}, [], { usernames: [] }, { usernames: ['x'], shoe: 1 }, { usernames: ['x'], admin: 'yes' }, '{', 'null'])
    await admin('POST', '/users', body)
  await admin('POST', '/users', { usernames: ['a/b', 'fine'] })
  await admin('POST', '/users/erin')
  await admin('POST', '/users/erin')
  await admin('POST', '/users/boss', { admin: true })
  await admin('POST', '/users/x', { shoe: 1 })
  await admin('GET', '/users')
  await admin('GET', '/users', undefined, { accept: 'application/jupyterhub-pagination+json' })
  await admin('GET', '/users?offset=3&limit=2&sort=-name', undefined, { accept: 'application/jupyterhub-pagination+json' })
  for (const query of [
    'limit=x',
    'state=bad',
    'sort=--id',
    'state=active',
    'state=inactive&limit=1',
    'name_filter=ali',
    'include_stopped_servers&name_filter=alice',
  ])
    await admin('GET', `/users?${query}`)
  await admin('GET', '/users/alice')
  await admin('GET', '/users/nosuch')
  await admin('PATCH', '/users/bob', { admin: true })
  await admin('PATCH', '/users/bob', { admin: false })
  await admin('PATCH', '/users/bob', { name: 'bobby' })
  await admin('PATCH', '/users/bobby', { name: 'alice' })
  await admin('PATCH', '/users/bobby', {})
  await admin('PATCH', '/users/bobby', { shoe: 1 })
  await admin('PATCH', '/users/nosuch', { admin: true })
}

async function whatAliceMay(alice: Caller): Promise<void> {
  await alice('GET', '/user')
  for (const [method, path] of [
    ['GET', '/users'],
    ['GET', '/users/alice'],
    ['GET', '/users/bobby'],
    ['GET', '/users/nosuch'],
    ['DELETE', '/users/bobby'],
    ['PATCH', '/users/alice'],
    ['POST', '/users/zed'],
    ['POST', '/users/bobby/server'],
    ['DELETE', '/users/bobby/servers/x'],
    ['POST', '/users/bobby/activity'],
    ['GET', '/users/bobby/tokens'],
    ['POST', '/users/bobby/tokens'],
    ['GET', '/info'],
  ] as const)
    await alice(method, path)
}

async function tokens(admin: Caller, alice: Caller): Promise<void> {
  await alice('GET', '/users/alice/tokens')
  const made = await alice('POST', '/users/alice/tokens', { note: 'n', expires_in: 60, scopes: ['read:users!user'] })
  const id = String(fieldOf(made.body, 'id'))
  await alice('GET', `/users/alice/tokens/${id}`)
  await alice('DELETE', `/users/alice/tokens/${id}`)
  await alice('DELETE', `/users/alice/tokens/${id}`)
  await alice('GET', '/users/alice/tokens/nonsense')
  await alice('POST', '/users/alice/tokens')
  await admin('POST', '/users/alice/tokens')
  await admin('POST', '/users/nosuch/tokens')
  for (const body of [
    [],
    { scopes: ['nope'] },
    { scopes: ['admin:users'] },
    { roles: ['nope'] },
    { expires_in: 'x' },
    { scopes: ['self'], roles: ['user'] },
    { scopes: [] },
  ])
    await alice('POST', '/users/alice/tokens', body)
}

async function servers(admin: Caller, alice: Caller): Promise<void> {
  await alice('DELETE', '/users/alice/server')
  await alice('POST', '/users/alice/server', { image: 'x' })
  await alice('POST', '/users/alice/server')
  await alice('GET', '/users/alice')
  await alice('GET', '/users/alice/server/progress')
  await admin('GET', '/users?state=ready')
  await alice('DELETE', '/users/alice/server', { remove: true })
  await alice('DELETE', '/users/alice/server')
  await alice('DELETE', '/users/alice/server')
  await alice('GET', '/users/alice?include_stopped_servers=1')
  await alice('POST', '/users/alice/servers/')
  await alice('DELETE', '/users/alice/servers/')
  await alice('POST', '/users/alice/servers/lab')
  await alice('GET', '/users/alice')
  await alice('DELETE', '/users/alice/servers/lab')
  await alice('DELETE', '/users/alice/servers/lab', { remove: true })
  await alice('DELETE', '/users/alice/servers/lab')
  for (const name of ['a', 'b', 'c', 'd']) await alice('POST', `/users/alice/servers/${name}`)
  for (const name of ['a', 'b', 'c']) await alice('DELETE', `/users/alice/servers/${name}`, { remove: true })
  await alice('POST', '/users/alice/servers/a%2Fb')
  await admin('POST', '/users/nosuch/server')
}

async function activity(alice: Caller): Promise<void> {
  const now = new Date().toISOString()
  for (const body of [
    undefined,
    {},
    { last_activity: now },
    { servers: { '': { last_activity: now } } },
    { servers: { nosuch: { last_activity: now } } },
    { servers: [] },
    { last_activity: 'soon' },
    { last_activity: '9999-01-01' },
  ]) {
    await alice('POST', '/users/alice/activity', body)
  }
}

async function removal(admin: Caller): Promise<void> {
  await admin('DELETE', '/users/root1')
  await admin('DELETE', '/users/erin')
  await admin('DELETE', '/users/erin')
  await admin('DELETE', '/users/alice')
}

async function groups(admin: Caller, alice: Caller): Promise<void> {
  await admin('POST', '/groups', { groups: ['g', 'h'], users: ['alice'] })
  await admin('POST', '/groups', { groups: ['g'] })
  for (const body of [undefined, {}, { groups: [] }]) await admin('POST', '/groups', body)
  await admin('POST', '/groups', { groups: ['i'], users: ['nosuch'] })
  await admin('POST', '/groups/solo')
  await admin('POST', '/groups/solo')
  await admin('POST', '/groups/x', { shoe: 1 })
  await admin('GET', '/groups')
  await admin('GET', '/groups', undefined, { accept: 'application/jupyterhub-pagination+json' })
  await admin('GET', '/groups/g')
  await admin('GET', '/groups/nosuch')
  await admin('POST', '/groups/g/users', { users: ['bobby'] })
  await admin('POST', '/groups/g/users', { users: ['nosuch'] })
  await admin('POST', '/groups/g/users', {})
  await admin('POST', '/groups/nosuch/users', { users: ['bobby'] })
  await admin('DELETE', '/groups/g/users', { users: ['bobby'] })
  await admin('PUT', '/groups/g/properties', { a: { b: 1 } })
  await admin('GET', '/users/alice')
  for (const [method, path] of [
    ['GET', '/groups'],
    ['GET', '/groups/g'],
    ['DELETE', '/groups/g'],
    ['POST', '/groups/g/users'],
  ] as const)
    await alice(method, path)
  await admin('DELETE', '/groups/g')
  await admin('DELETE', '/groups/g')
}
