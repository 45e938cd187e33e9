import assert from 'node:assert/strict'
import { z } from 'zod'
import { addMember, createGroup, findGroup } from '../../src/db/groups.ts'
import { createToken } from '../../src/db/tokens.ts'
import { findUser } from '../../src/db/users.ts'
import type { User } from '../../src/db/users.ts'
import { apiEndpoints } from '../../src/http/api/endpoints.ts'
import { compilePath, matchPath } from '../../src/http/path-pattern.ts'
import { hubActor } from '../../src/hub/actor.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { sha256Hex } from '../../src/lib/secrets.ts'
import type { HubWorld } from './hub-world.ts'

/** A reply, read. `body` is null when it is no JSON. */
export type Seen = { readonly status: number; readonly body: unknown; readonly text: string; readonly headers: Headers }

/** How one caller speaks to the hub. */
export type Caller = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Seen>

const problem = z.strictObject({
  status: z.int(),
  message: z.string().min(1),
  code: z.string(),
  hint: z.string(),
  detail: z.record(z.string(), z.json()),
})

/** Every reply of the API has the shape that its declaration promises, field by field. */
function holdAgainstDeclaration(method: string, path: string, seen: Seen): void {
  const bare = path.split('?')[0] ?? ''
  if (method === 'HEAD') return
  if (seen.status >= 400) return void problem.parse(seen.body)
  const found = apiEndpoints.find(({ facts }) => facts.method === method && matchPath(compilePath(facts.path), bare).kind === 'matched')
  if (found === undefined) return
  const schema = found.facts.reply[seen.status]
  assert.notEqual(schema, undefined, `${method} ${path} answered ${seen.status}, which its declaration does not name`)
  if (schema === null) return assert.equal(seen.text, '')
  if (schema === 'stream' || schema === undefined) return
  assert.deepEqual(schema.parse(seen.body), seen.body)
}

async function readReply(response: Response): Promise<Seen> {
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json' && text !== ''
  const body: unknown = isJson ? JSON.parse(text) : null
  return { status: response.status, body, text, headers: response.headers }
}

/** Speaks with the given headers. `path` is relative to `/hub/api`. A body that is no text is sent as JSON. */
export function callerWith(world: HubWorld, always: Record<string, string>): Caller {
  const caller: Caller = async (method, path, body, headers = {}) => {
    const sent = body === undefined ? null : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const response = await world.app.request(`http://hub.test/hub/api${path}`, {
      method,
      body: sent,
      headers: { host: 'hub.test', ...always, ...headers },
    })
    const seen = await readReply(response)
    holdAgainstDeclaration(method, path, seen)
    return seen
  }
  sentAlways.set(caller, always)
  return caller
}

const sentAlways = new WeakMap<Caller, Record<string, string>>()

/** What a caller always sends: for requests that are not read to their end. */
export const headersOf = (caller: Caller): Record<string, string> => ({ host: 'hub.test', ...sentAlways.get(caller) })

/** Nobody. */
export const stranger = (world: HubWorld): Caller => callerWith(world, {})

/** An account, made when it is missing. */
export async function userOf(
  world: HubWorld,
  name: string,
  as: { readonly admin?: boolean; readonly groups?: readonly string[] } = {},
): Promise<User> {
  const { db } = world.database
  const [made] = (await findUser(db, name)) === null ? await world.hub.accounts.create([name], as.admin ?? false, hubActor) : []
  const user = made ?? (await findUser(db, name))
  assert.ok(user)
  for (const groupName of as.groups ?? []) {
    const group = (await createGroup(db, groupName)) ?? (await findGroup(db, groupName))
    assert.ok(group)
    await addMember(db, group.id, user.id)
  }
  return user
}

/** A caller with a token of that user. Scopes that the user does not hold are cut at use. */
export async function tokenOf(
  world: HubWorld,
  name: string,
  scopes: readonly string[] = ['inherit'],
  as: { readonly admin?: boolean; readonly groups?: readonly string[] } = {},
): Promise<Caller> {
  const user = await userOf(world, name, as)
  const secret = systemIds.hex(16)
  await createToken(world.database.db, { hash: sha256Hex(secret), userId: user.id, scopes, note: 'test', now: Date.now() })
  return callerWith(world, { authorization: `token ${secret}` })
}

/** A signed-in browser: its cookies, and the XSRF token that goes with them. */
export type Browser = { readonly cookie: string; readonly xsrf: string }

/** Signs a user in. */
export async function browserOf(world: HubWorld, name: string, as: { readonly admin?: boolean } = {}): Promise<Browser> {
  const user = await userOf(world, name, as)
  const opened = await world.hub.sessions.open({ userId: user.id, address: 'local', userAgent: 'test' })
  const xsrf = world.hub.xsrf.tokenOfLogin(opened.sessionId)
  const cookie = `jupyterhub-hub-login=${opened.cookieValue}; jupyterhub-session-id=${opened.sessionId}; _xsrf=${xsrf}`
  return { cookie, xsrf }
}

/** The code of an error reply; empty for everything else. */
export const codeOf = (seen: Seen): string => z.object({ code: z.string() }).safeParse(seen.body).data?.code ?? ''

/** One field of something that came as JSON. */
export function fieldOf(value: unknown, key: string): unknown {
  return z.record(z.string(), z.unknown()).safeParse(value).data?.[key]
}

/** Names in a list of models. */
export const namesIn = (list: unknown): string[] =>
  z
    .array(z.object({ name: z.string() }))
    .parse(list)
    .map(({ name }) => name)

/** The message of an error reply. */
export const messageOf = (seen: Seen): unknown => fieldOf(seen.body, 'message')

/** Names of the fields of something that came as JSON, sorted. */
export const keysOf = (value: unknown): string[] => Object.keys(z.record(z.string(), z.unknown()).safeParse(value).data ?? {}).toSorted()
