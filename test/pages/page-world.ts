import { createPages } from '../../src/http/pages/pages.ts'
import type { PageParts } from '../../src/http/pages/page-parts.ts'
import { apiEndpoints } from '../../src/http/api/endpoints.ts'
import { createApp } from '../../src/http/app.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
import type { Profile } from '../../src/core/profile-schema.ts'
import { hubActor } from '../../src/hub/actor.ts'
import { createAccounts } from '../../src/hub/accounts.ts'
import { createPasswordGate } from '../../src/hub/password-gate.ts'
import type { HubOptions } from '../../src/hub/options.ts'
import { createPasswords } from '../../src/lib/passwords.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { accessRules } from '../../src/core/access-rules.ts'
import { loadAssets } from '../../src/web/assets.ts'
import { createHubWorld } from '../api/hub-world.ts'

/** Options of a hub under test: those of `hub`, and of its accounts. */
export type PageWorldOptions = Partial<HubOptions> & {
  readonly publicUrl?: string
  readonly enableSignup?: boolean
  readonly openSignup?: boolean
  readonly profiles?: readonly Profile[]
}

/** Password of everybody in these tests. */
export const password = 'brass wheels turn slowly'

const origin = 'http://hub.test'

/** A hub with its pages, without a socket. */
export async function createPageWorld(options: PageWorldOptions = {}) {
  const { enableSignup = false, openSignup = false, profiles = [], ...hubOptions } = options
  const world = await createHubWorld(hubOptions, profiles)
  const accountOptions = { enableSignup, openSignup, minimumPasswordLength: 8, checkCommonPasswords: true }
  const { database, clock } = world.hub
  const accounts = createAccounts({
    database,
    clock,
    ids: systemIds,
    passwords: createPasswords(),
    gate: createPasswordGate({ database, clock }),
    rules: () => accessRules({}).rules,
    options: accountOptions,
    archiveDir: '/nowhere',
  })
  const hub: HttpDeps = { ...world.hub, accounts }
  const parts: PageParts = {
    assets: loadAssets(),
    authenticators: [{ kind: 'native', form: 'password', signUp: enableSignup, authenticate: () => Promise.resolve(null) }],
    health: {
      report: () =>
        Promise.resolve({
          findings: [{ code: 'disk_low', detail: { free: 0.4, path: '/data' } }],
          numbers: { people: 2, running: 1, starting: 0, failed: 0, memoryMb: 90, upSeconds: 3_700 },
          versions: { Orrery: '0.1.0' },
          images: [],
        }),
    },
    accountOptions,
  }
  const { pages, errorPage } = createPages(parts)
  const app = createApp(hub, { endpoints: apiEndpoints, pages, errorPage })

  /** Makes an account that can sign in. */
  const addPerson = async (name: string, admin = false): Promise<number> => {
    const [user] = await accounts.create([name], admin, hubActor)
    if (user === undefined) throw new Error(`no account ${name}`)
    await accounts.setPassword(user.id, password, hubActor)
    return user.id
  }

  const visitor = () => createPageVisitor((path, init) => app.request(`${origin}${path}`, init))
  return { ...world, hub, app, parts, accounts, addPerson, visitor }
}

export type PageWorld = Awaited<ReturnType<typeof createPageWorld>>

type Send = (path: string, init: RequestInit) => Response | Promise<Response>

/** What came back: status, where to, and the text. */
export type Seen = {
  readonly status: number
  readonly location: string | null
  readonly text: string
  readonly headers: Headers
  readonly path: string
}

/** A browser without a screen: keeps cookies, does what forms do. */
export type PageVisitor = ReturnType<typeof createPageVisitor>

function createPageVisitor(send: Send) {
  const jar = new Map<string, string>()

  const request = async (path: string, init: RequestInit = {}): Promise<Seen> => {
    const headers = new Headers({
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      host: 'hub.test',
      ...Object.fromEntries(new Headers(init.headers)),
    })
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await send(path, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0(?:;|$)/i.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return {
      status: response.status,
      location: response.headers.get('location'),
      text: await response.text(),
      headers: response.headers,
      path,
    }
  }

  const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> => request(path, { headers })

  /** Follows redirects to the end. */
  const follow = async (path: string): Promise<Seen> => {
    let seen = await get(path)
    for (let hops = 0; seen.location !== null && hops < 12; hops++) seen = await get(seen.location)
    return seen
  }

  const post = (path: string, fields: Readonly<Record<string, string>>): Promise<Seen> =>
    request(path, { method: 'POST', body: new URLSearchParams(fields), headers: { 'content-type': 'application/x-www-form-urlencoded' } })

  /** Sends a form with the XSRF token of this browser. */
  const submit = (path: string, fields: Readonly<Record<string, string>> = {}): Promise<Seen> =>
    post(path, { _xsrf: jar.get('_xsrf') ?? '', ...fields })

  const signIn = async (username: string, secret = password): Promise<Seen> => {
    await get('/hub/login')
    return submit('/hub/login', { username, password: secret })
  }

  return { get, follow, post, submit, signIn, jar, request }
}
