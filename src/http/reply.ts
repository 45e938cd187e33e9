import type { z } from 'zod'
import type { Json } from '../core/json.ts'

/** What an endpoint answers, by status: a schema for JSON, `null` for an empty body, `'stream'` for server-sent events. */
export type ReplySpec = { readonly [status: number]: z.ZodType | null | 'stream' }

/** The tests hold every reply against its schema; here it is only known to be JSON, because models are made field by field from what the caller may see. */
type BodyOf<T> = T extends z.ZodType ? Json : undefined

/** A reply that fits the declaration. A finished `Response` is let through as it is (streams). */
export type Reply<R extends ReplySpec> =
  | Response
  | ({
      [S in keyof R]: { readonly status: S; readonly body: BodyOf<R[S]> }
    }[keyof R] &
      PlainReply)

/** A reply whose declaration is not known. */
export type AnyReply = Response | PlainReply

type PlainReply = { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }

/** A JSON reply. */
export const json = <const S extends number, B>(status: S, body: B, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  body,
  headers,
})

/** A reply without a body. */
export const empty = <const S extends number>(status: S, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  body: undefined,
  headers,
})

/** Statuses that may not have a body at all. */
const bodiless = new Set([204, 205, 304])

/** Makes the response. Empty replies of a known length say so, so that connections are kept. */
export function toResponse(reply: PlainReply): Response {
  const { status, body, headers = {} } = reply
  if (bodiless.has(status)) return new Response(null, { status, headers })
  if (body === undefined) return new Response('', { status, headers: { 'Content-Type': 'text/plain', ...headers } })
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
}
