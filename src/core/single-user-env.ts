import type { JsonObject } from './json.ts'
import { serverUrl, userOrigin } from './addresses.ts'
import type { HubPlace } from './addresses.ts'
import { escapePath, oauthClientId, serverPath } from './names.ts'

/** What the hub knows about one start of one server. */
export type SingleUserFacts = HubPlace & {
  readonly userName: string
  readonly serverName: string
  /** Token of this start: the server's own, and the secret of its OAuth client. */
  readonly apiToken: string
  /** Address of the API as servers reach it, without a slash at the end: `http://127.0.0.1:8081/hub/api`. */
  readonly apiUrl: string
  /** Origin of the hub as browsers see it (`https://hub.example.org`), or null when not configured. */
  readonly publicOrigin: string | null
  /** Scopes beyond its own access scopes that the server's OAuth client may ask for. */
  readonly clientAllowedScopes: readonly string[]
  readonly cookieHostPrefix: boolean
  /** Attributes that the server gives its cookies, or null for its defaults. */
  readonly cookieOptions: JsonObject | null
}

/**
 * The variables by which a single-user server finds and trusts its hub. `JUPYTERHUB_SERVICE_URL` is missing: only the spawner knows the address.
 * Source: single-user contract, environment of a user server.
 */
export function singleUserEnvironment(facts: SingleUserFacts): Record<string, string> {
  const { userName, serverName, apiToken, baseUrl, apiUrl } = facts
  const prefix = serverPath(baseUrl, userName, serverName)
  const access = pythonJson([`access:servers!server=${userName}/${serverName}`, `access:servers!user=${userName}`])
  const origin = facts.publicOrigin ?? ''
  return {
    JUPYTERHUB_API_TOKEN: apiToken,
    JPY_API_TOKEN: apiToken,
    JUPYTERHUB_CLIENT_ID: oauthClientId(userName, serverName),
    JUPYTERHUB_HOST: origin,
    JUPYTERHUB_BASE_URL: baseUrl,
    JUPYTERHUB_API_URL: apiUrl,
    JUPYTERHUB_ACTIVITY_URL: `${apiUrl}/users/${escapePath(userName)}/activity`,
    JUPYTERHUB_SERVICE_PREFIX: prefix,
    JUPYTERHUB_OAUTH_CALLBACK_URL: oauthCallbackUrl(facts, userName, serverName),
    JUPYTERHUB_USER: userName,
    JUPYTERHUB_SERVER_NAME: serverName,
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: access,
    JUPYTERHUB_OAUTH_SCOPES: access,
    JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: pythonJson(facts.clientAllowedScopes),
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: facts.cookieHostPrefix ? '1' : '0',
    ...(facts.cookieOptions === null ? {} : { JUPYTERHUB_COOKIE_OPTIONS: ascii(JSON.stringify(facts.cookieOptions)) }),
    JUPYTERHUB_PUBLIC_URL: origin === '' ? '' : `${userOrigin(facts, userName) || origin}${prefix}`,
    JUPYTERHUB_PUBLIC_HUB_URL: origin === '' ? '' : `${origin}${baseUrl}hub/`,
  }
}

/** Where the server's OAuth client wants its codes, byte for byte what is registered for it: a path, or an address on the host of its own. */
export const oauthCallbackUrl = (place: HubPlace, userName: string, serverName: string): string =>
  `${serverUrl(place, userName, serverName)}oauth_callback`

/** What the options of a spawner say about a server. */
export type ServerWishes = {
  readonly notebookDir: string
  readonly defaultUrl: string
  readonly debug: boolean
  readonly disableUserConfig: boolean
  readonly memLimit: number | undefined
  readonly memGuarantee: number | undefined
  readonly cpuLimit: number | undefined
  readonly cpuGuarantee: number | undefined
}

/** The variables that carry a spawner's options. `{username}` and `{base_url}` are filled in once; a `~` is left to the server. */
export function wishesEnvironment(wishes: ServerWishes, userName: string, servicePrefix: string): Record<string, string> {
  const fill = (text: string): string => fillTemplate(text, { username: userName, base_url: servicePrefix })
  const all: Record<string, string | undefined> = {
    JUPYTERHUB_ROOT_DIR: fill(wishes.notebookDir) || undefined,
    JUPYTERHUB_DEFAULT_URL: fill(wishes.defaultUrl) || undefined,
    JUPYTERHUB_DEBUG: wishes.debug ? '1' : undefined,
    JUPYTERHUB_DISABLE_USER_CONFIG: wishes.disableUserConfig ? '1' : undefined,
    MEM_LIMIT: wishes.memLimit?.toFixed(0),
    MEM_GUARANTEE: wishes.memGuarantee?.toFixed(0),
    CPU_LIMIT: wishes.cpuLimit === undefined ? undefined : `${wishes.cpuLimit}`,
    CPU_GUARANTEE: wishes.cpuGuarantee === undefined ? undefined : `${wishes.cpuGuarantee}`,
  }
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}

/** Replaces `{name}` by its value, once: what a value brings in is not looked at again. Unknown names stay. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? (values[name] ?? whole) : whole))
}

/** A list as Python's json module writes it: ASCII only, a blank after each comma. */
const pythonJson = (texts: readonly string[]): string => `[${texts.map((text) => ascii(JSON.stringify(text))).join(', ')}]`

const ascii = (json: string): string => json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
