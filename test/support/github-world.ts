import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGithub } from '../../src/auth/github.ts'
import { githubOptions } from '../../src/auth/github-options.ts'
import type { GithubOptions } from '../../src/auth/github-options.ts'
import type { AccessSettings } from '../../src/core/access-rules.ts'
import { apiEndpoints } from '../../src/http/api/endpoints.ts'
import { createApp } from '../../src/http/app.ts'
import { hubPrefixOf } from '../../src/http/deps.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
import { listen } from '../../src/http/listen.ts'
import { createPages } from '../../src/http/pages/pages.ts'
import { createAuthFreshness } from '../../src/hub/auth-freshness.ts'
import { createAuthStates } from '../../src/hub/auth-state.ts'
import { createLogin } from '../../src/hub/login.ts'
import { createNoteSignIn } from '../../src/hub/note-sign-in.ts'
import type { HubOptions } from '../../src/hub/options.ts'
import { createPasswordGate } from '../../src/hub/password-gate.ts'
import { createRedirectLogin } from '../../src/hub/redirect-login.ts'
import { createRulesSource } from '../../src/hub/rules-source.ts'
import { createSessions } from '../../src/hub/sessions.ts'
import { createTokens } from '../../src/hub/tokens.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { createVault } from '../../src/lib/secrets.ts'
import { loadAssets } from '../../src/web/assets.ts'
import { createHubWorld } from '../api/hub-world.ts'
import { startFakeGithub } from './fake-github.ts'
import type { FakeGithub } from './fake-github.ts'
import { freePort } from './free-port.ts'
import { createVisitor } from './visitor.ts'

/** What is different from a hub with GitHub, nobody on the list and default options. */
export type GithubWorldOptions = {
  readonly github?: Partial<GithubOptions>
  readonly access?: AccessSettings
  readonly hub?: Partial<HubOptions>
  /** Servers have hosts of their own below that of the hub. */
  readonly subdomains?: boolean
  /** First content of the userlist. */
  readonly userlist?: string
  /** Tokens of the application end after 8 hours and are renewed. */
  readonly expiringTokens?: boolean
}

/** The options as the configuration would have them. */
export function githubDefaults(changes: Partial<GithubOptions>): GithubOptions {
  const defaults = Object.fromEntries(Object.entries(githubOptions.options).map(([name, option]) => [name, option.default]))
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own defaults
  return { ...(defaults as unknown as GithubOptions), kind: 'github', ...changes }
}

/** Where somebody ended who signed in: status, address, the text of the page and the code of its error. */
export type Arrived = { readonly status: number; readonly location: string | null; readonly text: string; readonly code: string | null }

/** A hub on a socket whose people sign in with GitHub. */
export type GithubWorld = Awaited<ReturnType<typeof openGithubWorld>>

/** Opens both. Time can be moved on. */
export async function openGithubWorld(options: GithubWorldOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-github-'))
  const port = options.subdomains === true ? await freePort() : 0
  const hubOptions = { ...options.hub, ...(port === 0 ? {} : { subdomainHost: `http://localhost:${port}` }) }
  const base = await createHubWorld(hubOptions)
  const github = await startFakeGithub({ application: { expiringTokens: options.expiringTokens ?? false } })
  let movedMs = 0
  const clock = { ...base.hub.clock, now: () => Date.now() + movedMs, monotonic: () => performance.now() + movedMs }
  const userlist = join(folder, 'userlist')
  await writeFile(userlist, options.userlist ?? '')
  const parts = wire(base.hub, clock, github, options, userlist)
  const { pages, errorPage } = createPages(parts.pageParts)
  const app = createApp(parts.hub, { endpoints: apiEndpoints, pages, errorPage })
  const listener = await listen((request, bindings) => app.fetch(request, bindings), { host: '127.0.0.1', port })
  const origin = base.hub.options.subdomainHost ?? `http://127.0.0.1:${listener.port}`
  const prefix = hubPrefixOf(base.hub.options)
  github.world.application.callbackUrl = `${origin}${prefix}oauth_callback`

  const close = async (): Promise<void> => {
    await listener.close(100)
    await github.close()
    await base.close()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    github,
    origin,
    /** Path of the hub, with a slash at both ends. */
    prefix,
    hub: parts.hub,
    database: base.database,
    userlist,
    visitor: () => createGithubVisitor(origin, github, prefix),
    /** Lets time go by. */
    pass: (seconds: number): void => {
      movedMs += seconds * 1000
    },
    [Symbol.asyncDispose]: close,
  }
}

function wire(base: HttpDeps, clock: HttpDeps['clock'], github: FakeGithub, options: GithubWorldOptions, userlist: string) {
  const { database, log } = base
  const { clientId, clientSecret } = github.world.application
  const entry = githubDefaults({ clientId, clientSecret, githubUrl: github.url, ...options.github })
  const authenticators = [createGithub(entry, { clock })]
  const vault = createVault(randomBytes(32))
  const rules = createRulesSource({ settings: options.access ?? {}, userlist, onProblem: () => {} })
  const sessions = createSessions({ database, clock, ids: systemIds })
  const login = createLogin({ database, clock, authenticators, rules, gate: createPasswordGate({ database, clock }) })
  const authStates = createAuthStates({ database, vault, authenticators })
  const isFresh = createAuthFreshness({ database, clock, log, authenticators, authStates, login })
  const hub: HttpDeps = {
    ...base,
    clock,
    login,
    sessions,
    authStates,
    tokens: createTokens({ database, clock, ids: systemIds, sessions, tokenExpiresInMaxSeconds: 0, isFresh }),
    redirectLogin: createRedirectLogin({ database, clock, ids: systemIds, vault, authenticators }),
    noteSignIn: createNoteSignIn({ database, clock, authStates }),
  }
  const accountOptions = { enableSignup: false, openSignup: false, minimumPasswordLength: 8 }
  const report = () =>
    Promise.resolve({
      findings: [],
      numbers: { people: 0, running: 0, starting: 0, failed: 0, memoryMb: 0, upSeconds: 0 },
      versions: {},
      images: [],
    })
  return { hub, pageParts: { assets: loadAssets(), authenticators, accountOptions, health: { report } } }
}

/** A browser with cookies that knows the way to GitHub and back. */
export function createGithubVisitor(origin: string, github: FakeGithub, prefix = '/hub/') {
  const visitor = createVisitor(origin)

  const seen = async (response: Response): Promise<Arrived> => {
    const text = await response.text()
    return {
      status: response.status,
      location: response.headers.get('location'),
      text,
      code: /<code>([a-z_]+)<\/code>/.exec(text)?.[1] ?? null,
    }
  }

  /** The address at GitHub to which the hub sends. */
  const begin = async (path = `${prefix}oauth_login`): Promise<string> => {
    const { status, location, text } = await seen(await visitor.send(path))
    if (location === null || !location.startsWith(github.url)) throw new Error(`${path}: ${status} ${location ?? text.slice(0, 300)}`)
    return location
  }

  /** Brings back what GitHub gave. */
  const bring = async (url: URL): Promise<Arrived> => seen(await visitor.send(`${url.pathname}${url.search}`))

  /** The whole way as that person; null: does not allow it. */
  const signIn = async (person: string | null, path?: string): Promise<Arrived> => bring(await github.approve(await begin(path), person))

  return { ...visitor, begin, bring, signIn, seen }
}
