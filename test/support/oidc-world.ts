import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Authenticator } from '../../src/auth/authenticator.ts'
import { createNative } from '../../src/auth/native.ts'
import type { OidcOptions } from '../../src/auth/oidc-options.ts'
import { createOidc } from '../../src/auth/oidc.ts'
import type { AccessSettings } from '../../src/core/access-rules.ts'
import { findUser } from '../../src/db/users.ts'
import { apiEndpoints } from '../../src/http/api/endpoints.ts'
import { createApp } from '../../src/http/app.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
import { listen } from '../../src/http/listen.ts'
import { createPages } from '../../src/http/pages/pages.ts'
import { hubActor } from '../../src/hub/actor.ts'
import { createAuthFreshness } from '../../src/hub/auth-freshness.ts'
import { createAuthStates } from '../../src/hub/auth-state.ts'
import { createCredentialStore } from '../../src/hub/credential-store.ts'
import { createLogin } from '../../src/hub/login.ts'
import { createNoteSignIn } from '../../src/hub/note-sign-in.ts'
import { createPasswordGate } from '../../src/hub/password-gate.ts'
import { createRedirectLogin } from '../../src/hub/redirect-login.ts'
import { createRulesSource } from '../../src/hub/rules-source.ts'
import { createSessions } from '../../src/hub/sessions.ts'
import { createTokens } from '../../src/hub/tokens.ts'
import { createWaysIn } from '../../src/hub/ways-in.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { createPasswords } from '../../src/lib/passwords.ts'
import { createVault } from '../../src/lib/secrets.ts'
import { loadAssets } from '../../src/web/assets.ts'
import { createHubWorld } from '../api/hub-world.ts'
import { oidcEntry } from './oidc-entry.ts'
import { startOidcProvider } from './oidc-provider.ts'
import type { OidcProviderOptions, TestOidcProvider } from './oidc-provider.ts'
import { createVisitor } from './visitor.ts'

/** One provider of the world: who is there, and what the hub knows of it. */
export type WorldProvider = {
  readonly provider?: Omit<OidcProviderOptions, 'callbackUrl'>
  readonly options?: Partial<OidcOptions>
}

/** What is different from a hub with one provider, nobody on the list and default options. */
export type OidcWorldOptions = {
  /** By id. */
  readonly providers?: Readonly<Record<string, WorldProvider>>
  /** Accounts with passwords too. */
  readonly native?: boolean
  readonly access?: AccessSettings
  readonly userlist?: string
}

/** Password of everybody who has one. */
export const worldPassword = 'brass wheels turn slowly'

/** A hub on a socket whose people sign in at real providers, beside accounts of its own when asked for. */
export type OidcWorld = Awaited<ReturnType<typeof openOidcWorld>>

/** Opens it. Time can be moved on. */
export async function openOidcWorld(world: OidcWorldOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-oidc-'))
  const base = await createHubWorld()
  const userlist = join(folder, 'userlist')
  await writeFile(userlist, world.userlist ?? '')
  let movedMs = 0
  const clock = { ...base.hub.clock, now: () => Date.now() + movedMs, monotonic: () => performance.now() + movedMs }
  // The address has to be known to the providers before the hub is made that answers there.
  let answer: Parameters<typeof listen>[0] = () => new Response(null, { status: 503 })
  const listener = await listen((request, bindings) => answer(request, bindings), { host: '127.0.0.1', port: 0 })
  const origin = `http://127.0.0.1:${listener.port}`
  const afterSignOut = `${origin}/hub/login?notice=signed_out`
  const providers = new Map<string, TestOidcProvider>()
  const redirects: Authenticator[] = []
  for (const [id, { provider, options }] of Object.entries(world.providers ?? { school: {} })) {
    const running = await startOidcProvider({ callbackUrl: `${origin}/hub/oauth_callback`, afterSignOut, title: id, ...provider })
    providers.set(id, running)
    redirects.push(createOidc(oidcEntry(running, { id, title: id, ...options }), { clock }))
  }
  const parts = wire(base.hub, clock, { world, redirects, userlist })
  const { pages, errorPage } = createPages(parts.pageParts)
  const app = createApp(parts.hub, { endpoints: apiEndpoints, pages, errorPage })
  answer = (request, bindings) => app.fetch(request, bindings)

  const provider = (id: string): TestOidcProvider => {
    const found = providers.get(id)
    if (found === undefined) throw new Error(`no provider ${id}`)
    return found
  }
  return {
    origin,
    hub: parts.hub,
    database: base.database,
    userlist,
    provider,
    visitor: () => createOidcVisitor(origin, provider),
    /** An account with a password. */
    person: async (name: string): Promise<number> => {
      await parts.hub.accounts.create([name], false, hubActor)
      const user = await findUser(base.database.db, name)
      if (user === null) throw new Error(`no account ${name}`)
      await parts.hub.accounts.setPassword(user.id, worldPassword, hubActor)
      return user.id
    },
    /** Lets time go by. */
    pass: (seconds: number): void => {
      movedMs += seconds * 1000
    },
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await listener.close(100)
      for (const running of providers.values()) await running.close()
      await base.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Wiring = { readonly world: OidcWorldOptions; readonly redirects: readonly Authenticator[]; readonly userlist: string }

function wire(base: HttpDeps, clock: HttpDeps['clock'], { world, redirects, userlist }: Wiring) {
  const { database, log } = base
  const [passwords, ids] = [createPasswords(), systemIds]
  const native = createNative({ enableSignup: false }, { credentials: createCredentialStore({ database, clock }), passwords })
  const authenticators = world.native === true ? [native, ...redirects] : redirects
  const vault = createVault(randomBytes(32))
  const rules = createRulesSource({ settings: world.access ?? {}, userlist, onProblem: () => {} })
  const sessions = createSessions({ database, clock, ids })
  const login = createLogin({ database, clock, authenticators, rules, gate: createPasswordGate({ database, clock }) })
  const authStates = createAuthStates({ database, vault, authenticators })
  const isFresh = createAuthFreshness({ database, clock, log, authenticators, authStates, login })
  const hub: HttpDeps = {
    ...base,
    clock,
    login,
    sessions,
    authStates,
    tokens: createTokens({ database, clock, ids, sessions, tokenExpiresInMaxSeconds: 0, isFresh }),
    redirectLogin: createRedirectLogin({ database, clock, ids, vault, authenticators }),
    noteSignIn: createNoteSignIn({ database, clock, authStates }),
    waysIn: createWaysIn({ database, clock, authenticators, rules }),
  }
  const accountOptions = { enableSignup: false, openSignup: false, minimumPasswordLength: 8 }
  const numbers = { people: 0, running: 0, starting: 0, failed: 0, memoryMb: 0, upSeconds: 0 }
  const report = () => Promise.resolve({ findings: [], numbers, versions: {}, images: [] })
  return { hub, pageParts: { assets: loadAssets(), authenticators, accountOptions, health: { report } } }
}

/** Where somebody ended: status, address, the text of the page and the code of its error. */
export type Arrived = { readonly status: number; readonly location: string | null; readonly text: string; readonly code: string | null }

/** A browser with cookies that knows the way to the providers and back. */
export function createOidcVisitor(origin: string, provider: (id: string) => TestOidcProvider) {
  const visitor = createVisitor(origin)

  const seen = async (response: Response): Promise<Arrived> => {
    const text = await response.text()
    const code = /<code>([a-z_]+)<\/code>/.exec(text)?.[1] ?? null
    return { status: response.status, location: response.headers.get('location'), text, code }
  }

  const get = async (path: string): Promise<Arrived> => seen(await visitor.send(path, { headers: { accept: 'text/html' } }))
  const post = async (path: string, fields: Readonly<Record<string, string>> = {}): Promise<Arrived> =>
    seen(await visitor.post(path, fields))

  /** The address at the provider to which the hub sends. */
  const begin = async (id: string, next?: string): Promise<string> => {
    const { status, location, text } = await get(`/hub/oauth_login/${id}${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}`)
    if (location === null || !location.startsWith(provider(id).issuer))
      throw new Error(`${id}: ${status} ${location ?? text.slice(0, 300)}`)
    return location
  }

  /** The address at the provider to which the page leads that comes after asking to link it. */
  const beginLink = async (id: string): Promise<string> => {
    await visitor.get('/hub/account')
    const { status, text } = await post(`/hub/account/link/${id}`)
    const [, url] = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text) ?? []
    if (url === undefined) throw new Error(`no way to ${id}: ${status} ${text.slice(0, 300)}`)
    return url.replaceAll('&amp;', '&')
  }

  const bring = (url: URL): Promise<Arrived> => get(`${url.pathname}${url.search}`)
  const comeAs = async (id: string, url: string, person: string | null): Promise<Arrived> => bring(await provider(id).approve(url, person))

  return {
    ...visitor,
    get,
    post,
    begin,
    beginLink,
    bring,
    /** The whole way as that person; null: does not allow it. */
    signInAt: async (id: string, person: string | null, next?: string) => comeAs(id, await begin(id, next), person),
    linkTo: async (id: string, person: string | null) => comeAs(id, await beginLink(id), person),
    /** Name of whoever is signed in; null: nobody. */
    whoAmI: async (): Promise<string | null> => {
      await visitor.get('/hub/home')
      const response = await visitor.api('GET', '/user')
      const body: unknown = await response.json()
      return typeof body === 'object' && body !== null && 'name' in body && typeof body.name === 'string' ? body.name : null
    },
  }
}
