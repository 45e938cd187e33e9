import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { Provider } from 'oidc-provider'
import type { Configuration, Interaction, JWK } from 'oidc-provider'
import { createOidcStore } from './oidc-store.ts'

/** Somebody with an account at the provider. */
export type OidcPerson = { readonly sub: string; readonly claims: Readonly<Record<string, unknown>> }

/** How the provider of a test differs from the usual one. */
export type OidcProviderOptions = {
  readonly callbackUrl: string
  readonly people?: Readonly<Record<string, OidcPerson>>
  /** The hub gets a refresh token (`offline_access`, or always). */
  readonly refreshTokens?: boolean
  readonly clientId?: string
  readonly clientSecret?: string
  /** Page after signing out there. */
  readonly afterSignOut?: string
  /** Said on its page. */
  readonly title?: string
  readonly port?: number
}

/** A running provider: the certified one of npm, with a page of its own to choose who one is. */
export type TestOidcProvider = AsyncDisposable & {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** May be changed while it runs. */
  readonly people: Map<string, OidcPerson>
  /** What a browser does there: signs in as that person and allows it; null: does not allow it. Where it is sent back to. */
  readonly approve: (url: string, person: string | null) => Promise<URL>
  /** Forgets every grant: tokens count no more. */
  readonly revoke: () => Promise<void>
  /** Requests that came, by path. */
  readonly requests: readonly string[]
  readonly close: () => Promise<void>
}

const person = (name: string): OidcPerson => ({
  sub: `${name}-0001`,
  claims: { preferred_username: name, email: `${name}@school.example`, email_verified: true, groups: ['/pupils'] },
})

/** Starts the provider. Its people are alice and bob unless others are given. */
export async function startOidcProvider(options: OidcProviderOptions): Promise<TestOidcProvider> {
  const { clientId = 'orrery', clientSecret = 'the-secret-of-the-hub-0123456789' } = options
  const people = new Map(Object.entries(options.people ?? { alice: person('alice'), bob: person('bob') }))
  const requests: string[] = []
  const server = createServer()
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const issuer = `http://127.0.0.1:${port}`
  const grants = new Set<string>()
  const provider = new Provider(issuer, configuration({ ...options, clientId, clientSecret, port }, people))
  const answer = provider.callback()
  server.on('request', (request, response) => {
    requests.push((request.url ?? '').split('?')[0] ?? '')
    const isInteraction = request.url?.startsWith('/interaction/') === true
    const work = isInteraction
      ? interact(provider, { request, response, people, grants, title: options.title ?? 'Test provider' })
      : answer(request, response)
    Promise.resolve(work).catch((error: unknown) => response.writableEnded || response.writeHead(500).end(String(error)))
  })
  const close = async (): Promise<void> => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return {
    issuer,
    clientId,
    clientSecret,
    people,
    requests,
    close,
    approve: (url, name) => walk(url, name, options.callbackUrl),
    revoke: async () => {
      for (const grant of grants) await (await provider.Grant.find(grant))?.destroy()
      grants.clear()
    },
    [Symbol.asyncDispose]: close,
  }
}

type Hub = OidcProviderOptions & { readonly clientId: string; readonly clientSecret: string; readonly port: number }

const lifeSeconds = 3_600

let signing: JWK | null = null

/** One for all providers of a test file: making it takes a while. */
const signingKey = (): JWK =>
  (signing ??= {
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    use: 'sig',
    alg: 'RS256',
    kid: 'test',
  } as JWK)

function configuration(hub: Hub, people: ReadonlyMap<string, OidcPerson>): Configuration {
  const { port } = hub
  const grants = ['authorization_code', ...(hub.refreshTokens === true ? ['refresh_token'] : [])]
  return {
    clients: [
      {
        client_id: hub.clientId,
        client_secret: hub.clientSecret,
        redirect_uris: [hub.callbackUrl],
        post_logout_redirect_uris: hub.afterSignOut === undefined ? [] : [hub.afterSignOut],
        grant_types: grants,
        response_types: ['code'],
      },
    ],
    claims: {
      openid: ['sub'],
      profile: ['preferred_username', 'nickname', 'name'],
      email: ['email', 'email_verified', 'hd'],
      groups: ['groups'],
    },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    adapter: createOidcStore(),
    jwks: { keys: [signingKey()] },
    // Browsers do not tell ports apart.
    cookies: { keys: ['a key of the test provider'], names: { session: `s${port}`, interaction: `i${port}`, resume: `r${port}` } },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, logoutSource: signOutPage } },
    issueRefreshToken: () => Promise.resolve(hub.refreshTokens === true),
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: {
      AccessToken: lifeSeconds,
      AuthorizationCode: 60,
      Grant: lifeSeconds,
      IdToken: lifeSeconds,
      Interaction: lifeSeconds,
      RefreshToken: lifeSeconds,
      Session: lifeSeconds,
    },
    findAccount: (_context, sub) => {
      const found = [...people.values()].find((one) => one.sub === sub)
      return found === undefined ? undefined : { accountId: sub, claims: () => ({ sub, ...found.claims }) }
    },
  }
}

/** The page that asks before signing out. The form is the provider's own. */
const signOutPage = (context: { body: unknown }, form: string): void => {
  const button = '<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>'
  context.body = `<!doctype html><html lang="en"><title>Sign out</title><h1>Sign out?</h1>${form}${button}</html>`
}

type Interacting = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly people: ReadonlyMap<string, OidcPerson>
  readonly grants: Set<string>
  readonly title: string
}

/** The page on which one says who one is; whoever signs in allows everything. */
async function interact(provider: Provider, { request, response, people, grants, title }: Interacting): Promise<void> {
  const interaction = await provider.interactionDetails(request, response)
  if (request.method === 'GET') {
    const buttons = [...people.keys()].map((name) => `<button name="person" value="${name}">Continue as ${name}</button>`).join(' ')
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(
      `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1><form method="post">${buttons} <button name="person" value="">No</button></form>`,
    )
    return
  }
  const chosen = people.get(new URLSearchParams(await text(request)).get('person') ?? '')
  if (chosen === undefined)
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: '<b>no</b>' })
  const grantId = await grantOf(provider, interaction, chosen.sub)
  grants.add(grantId)
  return provider.interactionFinished(request, response, { login: { accountId: chosen.sub }, consent: { grantId } })
}

async function grantOf(provider: Provider, { params }: Interaction, accountId: string): Promise<string> {
  const grant = new provider.Grant({ accountId, clientId: String(params['client_id']) })
  grant.addOIDCScope(String(params['scope']))
  return grant.save()
}

/** Follows redirects with a cookie jar until the browser would leave for the callback. */
async function walk(start: string, name: string | null, callbackUrl: string): Promise<URL> {
  const jar = new Map<string, string>()
  let [url, form] = [start, null as URLSearchParams | null]
  for (let step = 0; step < 12; step += 1) {
    const cookie = [...jar].map(([key, value]) => `${key}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie }, ...(form === null ? {} : { method: 'POST', body: form }) })
    for (const line of response.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(key, value)
    }
    const location = response.headers.get('location')
    if (location !== null) {
      await response.body?.cancel()
      url = new URL(location, url).href
      form = null
      if (url.startsWith(callbackUrl)) return new URL(url)
      continue
    }
    const page = await response.text()
    if (response.status !== 200) throw new Error(`the provider answered ${response.status} at ${url}: ${page.slice(0, 300)}`)
    form = new URLSearchParams({ person: name ?? '' })
  }
  throw new Error('the provider never came back')
}
