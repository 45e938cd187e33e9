import type { z } from 'zod'
import { HubError } from '../core/errors.ts'
import type { Clock } from '../lib/clock.ts'
import { isBelow, nextPage, rateLimitedUntil } from './github-rules.ts'
import type { ProviderFetch } from './provider-fetch.ts'

/** What asking needs. `base`: address of the API. `fetch` sets the limits of time and size. */
export type GithubApiDeps = {
  readonly base: string
  readonly service: string
  readonly token: string
  readonly fetch: ProviderFetch
  readonly clock: Clock
}

/** The token counts no more. */
export class TokenRefused extends Error {}

/** Most pages of a list that are read: 2,000 entries. */
const maximumPages = 20

/** GitHub's REST API in the name of somebody (docs.github.com/rest). */
export type GithubApi = ReturnType<typeof createGithubApi>

/** Errors of all calls: TokenRefused, provider_rate_limited, provider_unreachable, provider_answer_odd. */
export function createGithubApi({ base, service, token, fetch, clock }: GithubApiDeps) {
  const odd = (reason: string, cause?: unknown): HubError => new HubError('provider_answer_odd', { service, reason }, { cause })

  const ask = async (url: string): Promise<{ readonly status: number; readonly text: string; readonly link: string | null }> => {
    const response = await fetch(url, {
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${token}`,
        'User-Agent': 'Orrery',
        'X-GitHub-Api-Version': '2022-11-28',
      },
    })
    const { status, headers } = response
    const text = await response.text()
    const limited = rateLimitedUntil({ status, headers, text }, clock.now())
    if (limited !== null) throw new HubError('provider_rate_limited', { service, ...limited })
    if (status === 401) throw new TokenRefused()
    if (status >= 500) throw new HubError('provider_unreachable', { service, status })
    return { status, text, link: headers.get('link') }
  }

  const parse = <T>(schema: z.ZodType<T>, text: string): T => {
    try {
      return schema.parse(JSON.parse(text))
    } catch (error) {
      throw odd(error instanceof SyntaxError ? 'it is no JSON' : 'a field is missing or has another form', error)
    }
  }

  /** One thing; null when there is none, or it may not be seen. */
  const one = async <T>(path: string, schema: z.ZodType<T>): Promise<T | null> => {
    const { status, text } = await ask(`${base}${path}`)
    return status === 200 ? parse(schema, text) : null
  }

  /** Is there such a thing? `204`, nothing else. */
  const holds = async (path: string): Promise<boolean> => (await ask(`${base}${path}`)).status === 204

  /** All entries of a list, page after page; empty when it may not be seen. */
  const list = async <T>(path: string, schema: z.ZodType<T[]>): Promise<T[]> => {
    const found: T[] = []
    let url: string | null = `${base}${path}?per_page=100`
    for (let page = 0; url !== null; page += 1) {
      if (!isBelow(base, url) || page >= maximumPages) throw odd(page >= maximumPages ? 'it is too long' : 'it leads somewhere else')
      const { status, text, link } = await ask(url)
      if (status !== 200) return []
      found.push(...parse(schema, text))
      url = nextPage(link)
    }
    return found
  }

  return { one, holds, list }
}
