import { HubError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'

/** An error as clients get it. `status` and `message` are what clients of the REST API know; the others are ours. */
export type ProblemBody = {
  readonly status: number
  readonly message: string
  readonly code: string
  readonly hint: string
  readonly detail: JsonObject
}

/**
 * Codes of a database that is away for a moment: connections refused, cut or exhausted (node, pg), PostgreSQL stopping or starting
 * (class 57P), too many connections (53300), SQLite locked by somebody else.
 */
const passing = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|57P0[1-3]|53300|ERR_SQLITE_BUSY)$/
const retryAfterSeconds = 5

const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''

/**
 * Turns whatever was thrown into a HubError. What is not one becomes `hub_unavailable` when it will pass, else `internal`, with a reference
 * that the log repeats; nothing of its text leaves the hub.
 */
export function asHubError(thrown: unknown, reference: string): HubError {
  if (thrown instanceof HubError) return thrown
  if (passing.test(codeOf(thrown))) return new HubError('hub_unavailable', { retryAfterSeconds, reference }, { cause: thrown })
  return new HubError('internal', { reference }, { cause: thrown })
}

/** Headers that go with an error: `Retry-After` when it says how long to wait. */
export function problemHeaders(error: HubError): Record<string, string> {
  const seconds = error.detail['retryAfterSeconds']
  return typeof seconds === 'number' ? { 'Retry-After': `${Math.max(1, Math.ceil(seconds))}` } : {}
}

/** The body of an error reply of the API. */
export const problemBody = (error: HubError): ProblemBody => ({
  status: error.status,
  message: error.message,
  code: error.code,
  hint: error.hint,
  detail: error.detail,
})

/** An error reply of the API. */
export function problemReply(error: HubError): Response {
  return new Response(JSON.stringify(problemBody(error)), {
    status: error.status,
    headers: { ...problemHeaders(error), 'Content-Type': 'application/json' },
  })
}
