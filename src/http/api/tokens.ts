import { z } from 'zod'
import { HubError } from '../../core/errors.ts'
import { tokenModel } from '../../core/models.ts'
import type { Principal } from '../../core/principal.ts'
import { allows } from '../../core/scopes.ts'
import { findUser, findUserById, groupsOfUser } from '../../db/users.ts'
import type { User } from '../../db/users.ts'
import { actorOf } from '../../hub/actor.ts'
import type { HttpDeps } from '../deps.ts'
import { endpoint, openEndpoint } from '../endpoint.ts'
import type { Exchange } from '../exchange.ts'
import { existingUser } from '../facts.ts'
import { empty, json } from '../reply.ts'
import type { Target } from '../resource.ts'
import { NewTokenModel, pathUser, TokenModel, UserPath } from '../schemas.ts'

const userTarget = ({ user }: { readonly user: string }): Target => ({ kind: 'user', name: user })

const list = endpoint({
  method: 'GET',
  path: '/users/:user/tokens',
  summary: 'Tokens of a user, the one unused for longest first; those of OAuth clients and servers too.',
  scopes: ['read:tokens'],
  resource: userTarget,
  params: UserPath,
  reply: { 200: z.object({ api_tokens: z.array(TokenModel) }) },
  errors: ['user_not_found'],
}).handledBy(async ({ params, hub }) => {
  const user = await existingUser(hub.database.db, params.user)
  const tokens = await hub.tokens.list(user.id)
  const facts = await Promise.all(tokens.map((token) => hub.tokens.factsOf(token, user.name)))
  return json(200, { api_tokens: facts.map(tokenModel) })
})

const Credentials = z.object({ username: z.string(), password: z.string() })

const NewTokenBody = z
  .object({
    note: z.string().nullish(),
    expires_in: z.int().nullish().describe('Seconds; 0 or null: as long as allowed.'),
    scopes: z.array(z.string()).nullish().describe('What it may do; left out: everything its owner may.'),
    roles: z.array(z.string()).nullish().describe('Instead of scopes: those of these roles.'),
    auth: z.json().optional().describe('`{ username, password }`, when the request carries no credential.'),
  })
  .nullable()

/** The requester by name and password in the body. Errors: credentials_missing, rate_limited, and why the account may not sign in. */
async function signedInBy(auth: unknown, exchange: Exchange, hub: HttpDeps): Promise<Principal> {
  const parsed = Credentials.safeParse(auth)
  if (!parsed.success) throw new HubError('credentials_missing')
  const { username, password } = parsed.data
  const outcome = await hub.login.withPassword({ userName: username, password, address: exchange.client.address })
  if (outcome.kind === 'refused') throw new HubError(outcome.code, outcome.detail)
  const user = await findUserById(hub.database.db, outcome.userId)
  if (user === null) throw new HubError('credentials_missing')
  return hub.tokens.ofUser(user)
}

/** The owner-to-be. Whoever may not make tokens for them is not told whether they exist. Errors: scope_missing. */
async function ownerFor(requester: Principal, name: string, hub: HttpDeps): Promise<User> {
  const owner = await findUser(hub.database.db, name)
  const groups = owner === null ? [] : await groupsOfUser(hub.database.db, owner.id)
  const mayMake = allows(requester.scopes, 'tokens', { kind: 'user', name, groups })
  if (owner === null || !mayMake) throw new HubError('scope_missing', { scopes: 'tokens' })
  return owner
}

const create = openEndpoint({
  method: 'POST',
  path: '/users/:user/tokens',
  summary: 'Makes a token of a user. Its secret is shown only now.',
  credentials: 'optional',
  scopes: ['tokens'],
  params: UserPath,
  body: NewTokenBody,
  reply: { 201: NewTokenModel },
  errors: ['credentials_missing', 'sign_in_failed', 'rate_limited', 'scope_unknown', 'role_unknown', 'scope_exceeds_owner'],
}).handledBy(async ({ params, body, caller, hub, exchange }) => {
  const requester = caller ?? (await signedInBy(body?.auth, exchange, hub))
  const owner = await ownerFor(requester, params.user, hub)
  const isOwn = requester.kind === 'user' && requester.id === owner.id
  const by = isOwn ? '' : ` by ${requester.kind} ${requester.name}`
  const request = {
    note: body?.note ? body.note.slice(0, 1024) : `Requested via api${by}`,
    expiresInSeconds: body?.expires_in ?? null,
    scopes: body?.scopes ?? null,
    roles: body?.roles ?? null,
  }
  const { token, secret } = await hub.tokens.issue(owner, request, actorOf(requester))
  return json(201, { ...tokenModel(await hub.tokens.factsOf(token, owner.name)), token: secret })
})

const TokenPath = z.object({ user: pathUser, token: z.string().describe('`a` and a number.') })

/** The number in `a17`. Errors: token_not_found. */
function tokenNumber(text: string): number {
  const digits = /^a(\d{1,9})$/.exec(text)?.[1]
  if (digits === undefined) throw new HubError('token_not_found')
  return Number(digits)
}

const read = endpoint({
  method: 'GET',
  path: '/users/:user/tokens/:token',
  summary: 'One token.',
  scopes: ['read:tokens'],
  resource: userTarget,
  params: TokenPath,
  reply: { 200: TokenModel },
  errors: ['user_not_found', 'token_not_found'],
}).handledBy(async ({ params, hub }) => {
  const user = await existingUser(hub.database.db, params.user)
  const token = await hub.tokens.find(user.id, tokenNumber(params.token))
  return json(200, tokenModel(await hub.tokens.factsOf(token, user.name)))
})

const revoke = endpoint({
  method: 'DELETE',
  path: '/users/:user/tokens/:token',
  summary: 'Ends a token; one obtained through an OAuth client takes the others of that client with it.',
  scopes: ['tokens'],
  resource: userTarget,
  params: TokenPath,
  reply: { 204: null },
  errors: ['user_not_found', 'token_not_found'],
}).handledBy(async ({ params, caller, hub }) => {
  const user = await existingUser(hub.database.db, params.user)
  await hub.tokens.revoke(user, tokenNumber(params.token), actorOf(caller))
  return empty(204)
})

/** Tokens of users. */
export const tokenEndpoints = [list, create, read, revoke]
