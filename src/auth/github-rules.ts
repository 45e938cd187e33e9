import { z } from 'zod'
import { toIso } from '../core/time.ts'
import type { IsoTime, Ms } from '../core/time.ts'

/** What of a GitHub account counts. `id` never changes, `login` may, and may then be somebody else's. */
export const githubUserSchema = z.object({
  id: z.int().positive(),
  login: z.string().regex(/^[A-Za-z0-9][\w-]{0,99}$/),
  name: z.string().max(512).nullish(),
})

/** An account as GitHub tells it. */
export type GithubUser = z.output<typeof githubUserSchema>

/** `GET /user/emails`. */
export const githubEmailsSchema = z.array(z.object({ email: z.string().max(512), primary: z.boolean(), verified: z.boolean() }))

/** `GET /user/teams`. */
export const githubTeamsSchema = z.array(z.object({ slug: z.string().max(255), organization: z.object({ login: z.string().max(255) }) }))

/** `GET /orgs/{org}/teams/{team}/memberships/{login}`. */
export const githubMembershipSchema = z.object({ state: z.enum(['active', 'pending']) })

/** The address that is primary and confirmed: the only one that says anything. */
export const confirmedEmail = (emails: z.output<typeof githubEmailsSchema>): string | null =>
  emails.find(({ primary, verified }) => primary && verified)?.email ?? null

/** Address of the REST API, without a slash at the end. */
export function apiBase(githubUrl: string, apiUrl: string | undefined): string {
  const base = trimmed(githubUrl)
  return apiUrl === undefined ? (new URL(base).host === 'github.com' ? 'https://api.github.com' : `${base}/api/v3`) : trimmed(apiUrl)
}

/** An address without slashes at the end. */
export const trimmed = (url: string): string => url.replace(/\/+$/, '')

/** Path, below the API, of the question whether somebody is in an organisation or in one of its teams. */
export function membershipPath(entry: string, login: string): string {
  const [org = '', team] = entry.split(':').map(encodeURIComponent)
  const who = encodeURIComponent(login)
  return team === undefined ? `/orgs/${org}/members/${who}` : `/orgs/${org}/teams/${team}/memberships/${who}`
}

/** Names of groups for teams of these organisations: `organisation:team` in lower case, sorted, each once. */
export function teamGroups(teams: z.output<typeof githubTeamsSchema>, organisations: readonly string[]): readonly string[] {
  const wanted = new Set(organisations.map((entry) => entry.toLowerCase()))
  const named = teams.map(
    ({ slug, organization }) => [organization.login.toLowerCase(), `${organization.login}:${slug}`.toLowerCase()] as const,
  )
  return [...new Set(named.flatMap(([organisation, group]) => (wanted.has(organisation) || wanted.has(group) ? [group] : [])))].toSorted()
}

/** Scopes that the options need, with those asked for. */
export function neededScopes(options: {
  readonly allowedOrganizations: readonly string[]
  readonly groupsFromTeams: readonly string[]
  readonly requireVerifiedEmail: boolean
  readonly scope: readonly string[]
}): readonly string[] {
  const readsOrganisations = options.allowedOrganizations.length > 0 || options.groupsFromTeams.length > 0
  const needed = [...(readsOrganisations ? ['read:org'] : []), ...(options.requireVerifiedEmail ? ['user:email'] : [])]
  return [...new Set([...needed, ...options.scope])]
}

/** The address of the next page of a list, or null. RFC 8288 with `rel="next"`. */
export function nextPage(link: string | null): string | null {
  const part = (link ?? '').split(/,\s*(?=<)/).find((candidate) => /;\s*rel="?next"?\s*(?:;|$)/.test(candidate))
  return /^\s*<([^>]*)>/.exec(part ?? '')?.[1] ?? null
}

/** Is the address one of the same API? A token is sent nowhere else. */
export function isBelow(base: string, url: string): boolean {
  if (!URL.canParse(url)) return false
  const [api, asked] = [new URL(base), new URL(url)]
  const path = trimmed(api.pathname)
  return api.origin === asked.origin && asked.pathname.startsWith(`${path}/`) && asked.username === '' && asked.password === ''
}

const shortestWaitSeconds = 60
const longestWaitSeconds = 3_600

/**
 * When GitHub will answer again, if it says that it has been asked too often: primary limits (`x-ratelimit-remaining: 0`) and secondary ones
 * (`retry-after`, or only a message). Null: it is no such answer.
 */
export function rateLimitedUntil(
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
  now: Ms,
): { readonly resetAt: IsoTime; readonly retryAfterSeconds: number } | null {
  const { status, headers, text } = answer
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN)
  const isSpent = headers.get('x-ratelimit-remaining') === '0'
  const isLimited = status === 429 || (status === 403 && (isSpent || !Number.isNaN(retryAfter) || /rate limit/i.test(text.slice(0, 1000))))
  if (!isLimited) return null
  const reset = isSpent ? Number(headers.get('x-ratelimit-reset') ?? Number.NaN) - now / 1000 : Number.NaN
  const seconds = [retryAfter, reset].find((candidate) => Number.isFinite(candidate)) ?? shortestWaitSeconds
  const retryAfterSeconds = Math.min(Math.max(Math.ceil(seconds), 1), longestWaitSeconds)
  return { resetAt: toIso(now + retryAfterSeconds * 1000), retryAfterSeconds }
}
