import type { CustomFetch } from 'openid-client'
import { z } from 'zod'
import { HubError } from '../core/errors.ts'
import type { Clock } from '../lib/clock.ts'
import { rateLimitedUntil } from './github-rules.ts'
import type { ProviderFetch } from './provider-fetch.ts'

const ErrorSchema = z.object({ error: z.string().min(1).max(100) })

/**
 * Requests to GitHub's token endpoint, its answers as RFC 6749 §5.2 has them: GitHub sends errors with the status 200, and `404` for a client id
 * that it does not know. Errors: provider_rate_limited, provider_unreachable, and those of `fetch`.
 */
export const githubTokenFetch =
  (deps: { readonly service: string; readonly clock: Clock; readonly fetch: ProviderFetch }): CustomFetch =>
  async (url, { method, headers, body }) => {
    const { service, clock } = deps
    const response = await deps.fetch(url, { method, headers, body: body instanceof URLSearchParams ? body : null })
    const { status } = response
    const text = await response.text()
    const limited = rateLimitedUntil({ status, headers: response.headers, text }, clock.now())
    if (limited !== null) throw new HubError('provider_rate_limited', { service, ...limited })
    if (status >= 500) throw new HubError('provider_unreachable', { service, status })
    const error = errorIn(text)
    if (error === null) return new Response(text, { status, headers: response.headers })
    return Response.json({ error: status === 404 ? 'invalid_client' : error }, { status: 400 })
  }

function errorIn(text: string): string | null {
  try {
    const parsed = ErrorSchema.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.error : null
  } catch {
    return null
  }
}
