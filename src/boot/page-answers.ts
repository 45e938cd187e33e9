import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Ms } from '../core/time.ts'
import type { Clock } from '../lib/clock.ts'

/** Between two looks at a page, milliseconds: first and longest. */
const look = { firstMs: 25, longestMs: 500 } as const

/** How long one look may take, milliseconds. */
const lookDeadlineMs: Ms = 2_000

/** Resolves when the page answers; rejects with the signal's reason when it aborts before. */
export async function pageAnswers(page: string, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let pauseMs: Ms = look.firstMs; !(await answers(page, signal)); pauseMs = Math.min(look.longestMs, pauseMs * 2)) {
    await clock.sleep(pauseMs, signal)
  }
}

/** The certificate may be for another name than the local one; nothing secret is sent. */
function answers(url: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(lookDeadlineMs)])
    const options = { signal: deadline, agent: false, headers: { connection: 'close' } }
    const request = url.startsWith('https:') ? httpsRequest(url, { ...options, rejectUnauthorized: false }) : httpRequest(url, options)
    request.once('error', () => resolve(false))
    request.once('response', (response) => {
      response.resume()
      resolve((response.statusCode ?? 500) < 400)
    })
    request.end()
  })
}
