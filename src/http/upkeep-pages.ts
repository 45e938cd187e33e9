import { z } from 'zod'
import type { Ms } from '../core/time.ts'
import { parseJson, readBytes } from './body.ts'
import { page } from './page.ts'
import type { Page } from './page.ts'
import { compilePath } from './path-pattern.ts'

const reportLimitBytes = 8_192
/** Reports that are written to the log; what comes beyond them in a minute says nothing new. */
const reportsPerMinute = 10
const minuteMs: Ms = 60_000

const field = z.string().transform((text) => text.slice(0, 256))
const Report = z.object({
  'csp-report': z.object({
    'document-uri': field.optional(),
    'effective-directive': field.optional(),
    'violated-directive': field.optional(),
    'blocked-uri': field.optional(),
  }),
})

/** Answers while the process lives; asks nobody and nothing. */
const alive = (method: 'GET' | 'HEAD'): Page => ({
  bind: () => ({
    surface: 'page',
    method,
    pattern: compilePath('/health'),
    answer: () => Promise.resolve(new Response('', { headers: { 'Content-Type': 'text/html' } })),
  }),
})

/** What is no page of anybody and belongs to every hub: signs of life, and where browsers report what the content policy stopped. */
export function createUpkeepPages(): readonly Page[] {
  let windowUntil: Ms = 0
  let written = 0

  const mayWrite = (now: Ms): boolean => {
    if (now >= windowUntil) {
      windowUntil = now + minuteMs
      written = 0
    }
    written += 1
    return written <= reportsPerMinute
  }

  /** Only of people who are signed in; browsers send no XSRF token with a report, and it changes nothing but the log. */
  const report = page({ method: 'POST', path: '/security/csp-report', xsrf: 'ignore', readsForm: false }).handledBy(
    async ({ exchange, hub, caller }) => {
      const parsed = Report.safeParse(parseJson(await readBytes(exchange.request, reportLimitBytes)))
      if (parsed.success && mayWrite(hub.clock.now()))
        hub.log.warn('page.policy_violated', { user: caller.name, ...parsed.data['csp-report'] })
      return new Response('', { headers: { 'Content-Type': 'text/html' } })
    },
  )

  return [alive('GET'), alive('HEAD'), report]
}
