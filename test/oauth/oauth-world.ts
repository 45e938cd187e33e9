import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { after } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { oauthClientId, serverPath } from '../../src/core/names.ts'
import { serverAccessScope, serverTokenScopes } from '../../src/core/roles.ts'
import { addMember, createGroup, findGroup } from '../../src/db/groups.ts'
import { upsertClient } from '../../src/db/oauth.ts'
import { assignRole, upsertRole } from '../../src/db/roles.ts'
import { upsertServer } from '../../src/db/servers.ts'
import { upsertService } from '../../src/db/services.ts'
import { createToken } from '../../src/db/tokens.ts'
import { createUser } from '../../src/db/users.ts'
import type { User } from '../../src/db/users.ts'
import { apiEndpoints } from '../../src/http/api/endpoints.ts'
import { createOAuthPages } from '../../src/http/api/oauth2.ts'
import { createApp } from '../../src/http/app.ts'
import { giveDefaultRoles } from '../../src/hub/default-roles.ts'
import { systemClock } from '../../src/lib/clock.ts'
import type { Clock } from '../../src/lib/clock.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { sha256Hex } from '../../src/lib/secrets.ts'
import { createOAuthProvider } from '../../src/oauth/provider.ts'
import { createHubWorld } from '../api/hub-world.ts'

const day = 86_400_000

/** The machine's clock, which a test can move. */
function movableClock(): Clock & { forward(ms: number): void } {
  let ahead = 0
  return {
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic(),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    forward: (ms) => {
      ahead += ms
    },
  }
}

async function listen(app: ReturnType<typeof createApp>): Promise<string> {
  const answer = getRequestListener(app.fetch)
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

/** A server that was started: its OAuth client and its token. */
export type StartedServer = { readonly clientId: string; readonly secret: string; readonly redirectUri: string }

/** A hub with its OAuth provider behind a real socket. `clock` is that of the provider only: what it issues in the past is over for the hub. */
export async function createOAuthWorld(options: { readonly requirePkce?: boolean } = {}) {
  const { hub, database, close } = await createHubWorld()
  after(close)
  const { db } = database
  const clock = movableClock()
  const provider = createOAuthProvider({
    database,
    clock,
    ids: systemIds,
    key: randomBytes(32),
    options: { tokenExpiresInSeconds: (14 * day) / 1000, requirePkce: options.requirePkce ?? false, trustedServices: new Set(['trusted']) },
  })
  const pages = createOAuthPages({
    provider,
    confirmPage: (data) => `<form method="post">${JSON.stringify(data)}</form>`,
    errorPage: (error) => `<p>${error.code}</p>`,
  })
  const origin = await listen(createApp(hub, { endpoints: apiEndpoints, pages, errorPage: (error) => error.code }))

  const addUser = async (name: string, groups: readonly string[] = []): Promise<User> => {
    const user = await createUser(db, { name, now: systemClock.now() })
    if (user === null) throw new Error(`${name} exists`)
    await database.transaction((tx) => giveDefaultRoles(tx, { userId: user.id }, false))
    for (const group of groups) {
      const found = (await createGroup(db, group)) ?? (await findGroup(db, group))
      if (found !== null) await addMember(db, found.id, user.id)
    }
    return user
  }

  const grant = async (user: User, ...scopes: string[]): Promise<number> => {
    const role = await upsertRole(db, { name: `role-${user.name}`, description: '', scopes, builtin: false })
    await assignRole(db, role.id, { userId: user.id })
    return role.id
  }

  /** Registers client and token of a start, as the hub does. */
  const startServer = async (owner: User, name = '', extraScopes: readonly string[] = []): Promise<StartedServer> => {
    const now = systemClock.now()
    const server = await upsertServer(db, { userId: owner.id, name, now })
    const secret = systemIds.hex(16)
    const secretHash = sha256Hex(secret)
    const prefix = serverPath('/', owner.name, name)
    const client = {
      id: oauthClientId(owner.name, name),
      secretHash,
      redirectUri: `${prefix}oauth_callback`,
      description: `Server at ${prefix}`,
    }
    const allowedScopes = [...extraScopes, serverAccessScope(owner.name, name)]
    await upsertClient(db, { ...client, allowedScopes, serverId: server.id, serviceId: null })
    await createToken(db, {
      hash: secretHash,
      userId: owner.id,
      serverId: server.id,
      scopes: serverTokenScopes(owner.name, name),
      note: '',
      now,
    })
    return { clientId: client.id, secret, redirectUri: client.redirectUri }
  }

  /** Registers a service with pages of its own. */
  const addService = async (name: string, redirectUri: string): Promise<StartedServer> => {
    const service = await upsertService(db, { name, admin: false, url: 'http://127.0.0.1:1', info: {}, display: true })
    const [id, secret] = [`service-${name}`, systemIds.hex(16)]
    const client = { id, secretHash: sha256Hex(secret), redirectUri, description: `JupyterHub service ${name}`, allowedScopes: [] }
    await upsertClient(db, { ...client, serverId: null, serviceId: service.id })
    return { clientId: id, secret, redirectUri }
  }

  const signIn = async (user: User) => {
    const opened = await hub.sessions.open({ userId: user.id, address: '127.0.0.1', userAgent: 'test' })
    const xsrf = hub.xsrf.tokenOfLogin(opened.sessionId)
    return {
      ...opened,
      xsrf,
      cookie: `jupyterhub-hub-login=${opened.cookieValue}; jupyterhub-session-id=${opened.sessionId}; _xsrf=${xsrf}`,
    }
  }

  return { origin, database, clock, sessions: hub.sessions, addUser, grant, startServer, addService, signIn }
}

/** What a test of sign-in by OAuth stands in. */
export type OAuthWorld = Awaited<ReturnType<typeof createOAuthWorld>>
