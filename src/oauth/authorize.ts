import { checkAuthorize, parameter } from '../core/oauth-checks.ts'
import type { OAuthError } from '../core/oauth-checks.ts'
import { asksTooMuch, isCovered, narrowScopes, notableScopes, readScopeParameter } from '../core/oauth-scopes.ts'
import type { Grantor } from '../core/oauth-scopes.ts'
import { ownerOf } from '../core/principal.ts'
import type { Principal } from '../core/principal.ts'
import { scopeTable } from '../core/scope-table.ts'
import { namedUsers } from '../core/scope-set.ts'
import { allows, ownerScopes } from '../core/scopes.ts'
import { toIso } from '../core/time.ts'
import { createCode } from '../db/oauth.ts'
import { listRoles } from '../db/roles.ts'
import { tokensOfUser } from '../db/tokens.ts'
import { sha256Hex } from '../lib/secrets.ts'
import { loadClient, loadGroupFacts } from './clients.ts'
import type { KnownClient } from './clients.ts'
import type { OAuthDeps } from './provider.ts'

/** Somebody signed in by cookie asks, through a client, for access. `posted`: null for GET, else the `scopes` fields of the confirmation form. */
export type AuthorizeRequest = { readonly query: URLSearchParams; readonly person: Principal; readonly posted: readonly string[] | null }

/** What the confirmation page shows and posts back. */
export type Confirmation = {
  /** The client as people know it. */
  readonly application: string
  /** Registered redirect URI: a path or an absolute URL. */
  readonly redirectUri: string
  readonly scopes: readonly { readonly scope: string; readonly doc: string }[]
  /** The client learns who the person is, nothing more. */
  readonly onlyIdentify: boolean
}

/** How an authorize request ends. */
export type AuthorizeOutcome =
  | { readonly kind: 'redirect'; readonly to: string }
  | ({ readonly kind: 'confirm' } & Confirmation)
  /** `bad_request`: the client cannot be trusted with an answer. `forbidden`: the person may not use it. */
  | { readonly kind: 'refused'; readonly code: 'bad_request' | 'forbidden'; readonly reason: string }

/** How long a code may wait to be exchanged. The client does it in the same moment. */
const codeLifeMs = 60_000

function redirectTo(client: KnownClient, answer: Readonly<Record<string, string>>, state: string | null): AuthorizeOutcome {
  const query = new URLSearchParams({ ...answer, ...(state === null ? {} : { state }) })
  return { kind: 'redirect', to: `${client.redirectUri}${client.redirectUri.includes('?') ? '&' : '?'}${query.toString()}` }
}

/** Answers authorize requests (singleuser-and-web §2.2 to §2.5). Access is checked for both methods; the form decides nothing but yes. */
export function createAuthorize(deps: OAuthDeps): (request: AuthorizeRequest) => Promise<AuthorizeOutcome> {
  return async (request) => {
    const { query, person, posted } = request
    const client = await loadClient(deps.database.db, query.get('client_id'))
    const facts = client === null ? null : { ...client, hasSecret: client.secretHash !== '', requiresPkce: deps.options.requirePkce }
    const problem = checkAuthorize(query, facts)
    if (problem?.kind === 'page' || client === null)
      return { kind: 'refused', code: 'bad_request', reason: problem?.kind === 'page' ? problem.reason : '' }
    const back = (error: OAuthError, description: string): AuthorizeOutcome =>
      redirectTo(client, { error, error_description: description }, parameter(query, 'state'))
    if (problem !== null) return back(problem.error, problem.description)
    const scope = client.target.kind === 'server' ? 'access:servers' : 'access:services'
    if (!allows(person.scopes, scope, client.target))
      return { kind: 'refused', code: 'forbidden', reason: `you have no access to ${client.description}` }
    const granted = await grantable(deps, client, request)
    if (granted === null) return back('invalid_scope', 'the scope is unknown, or more than the application may have')
    if (posted === null && (await mustAsk(deps, client, { person, granted }))) return confirmation(client, granted)
    return issueCode(deps, client, { query, person, granted })
  }
}

async function grantorOf(deps: OAuthDeps, person: Principal, scopes: readonly string[]): Promise<Grantor> {
  const owner = ownerOf(person)
  const groupsOf = await loadGroupFacts(deps.database.db, namedUsers(person.scopes, ownerScopes(owner, [scopes])))
  return { owner, held: person.scopes, groupsOf }
}

/** The scopes that the client gets when the person agrees; null for scopes that no client, or not this one, may have. */
async function grantable(
  deps: OAuthDeps,
  client: KnownClient,
  { query, person, posted }: AuthorizeRequest,
): Promise<readonly string[] | null> {
  const roles = new Map((await listRoles(deps.database.db)).map((role) => [role.name, role.scopes]))
  const asked = readScopeParameter(query.get('scope'), client.scopes, (role) => roles.get(role) ?? null)
  const chosen = posted === null ? asked : readScopeParameter(posted.join(' ') || 'identify', client.scopes, () => null)
  if (asked === null || chosen === null) return null
  const grantor = await grantorOf(deps, person, [...asked, ...chosen, client.scopes.access])
  if (asksTooMuch(asked, client.scopes, grantor) || asksTooMuch(chosen, client.scopes, grantor)) return null
  const narrowed = narrowScopes(asked, client.scopes, grantor)
  return posted === null ? narrowed : narrowed.filter((scope) => chosen.includes(scope))
}

type Grant = { readonly person: Principal; readonly granted: readonly string[] }

/** No question for one's own server, for a service that the operator trusts, and for what was agreed to before. */
async function mustAsk(deps: OAuthDeps, client: KnownClient, { person, granted }: Grant): Promise<boolean> {
  if (client.ownerId === person.id && person.kind === 'user') return false
  if (client.target.kind === 'service' && deps.options.trustedServices.has(client.target.name)) return false
  const now = toIso(deps.clock.now())
  const tokens = await tokensOfUser(deps.database.db, person.id)
  const valid = tokens.filter((token) => token.clientId === client.id && (token.expiresAt === null || token.expiresAt >= now))
  const before = valid.flatMap((token) => token.scopes)
  return valid.length === 0 || !isCovered(granted, before, client.scopes, await grantorOf(deps, person, [...granted, ...before]))
}

function confirmation(client: KnownClient, granted: readonly string[]): AuthorizeOutcome {
  const shown = granted.includes('inherit') ? ['inherit'] : granted
  const scopes = shown.map((scope) => ({ scope, doc: scopeTable[scope.split('!')[0] ?? '']?.doc ?? scope }))
  const onlyIdentify = notableScopes(granted, client.scopes).length === 0
  return { kind: 'confirm', application: client.description, redirectUri: client.redirectUri, scopes, onlyIdentify }
}

async function issueCode(
  deps: OAuthDeps,
  client: KnownClient,
  { query, person, granted }: Grant & { readonly query: URLSearchParams },
): Promise<AuthorizeOutcome> {
  const code = deps.ids.alphanumeric(30)
  const challenge = parameter(query, 'code_challenge')
  const method = parameter(query, 'code_challenge_method') === 'S256' ? 'S256' : 'plain'
  await createCode(deps.database.db, {
    codeHash: sha256Hex(code),
    clientId: client.id,
    userId: person.id,
    sessionId: person.sessionId ?? '',
    redirectUri: query.get('redirect_uri'),
    scopes: granted,
    challenge,
    challengeMethod: challenge === null ? null : method,
    expiresAt: toIso(deps.clock.now() + codeLifeMs),
  })
  return redirectTo(client, { code }, parameter(query, 'state'))
}
