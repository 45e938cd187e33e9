import { z } from 'zod'
import type { Exchange } from './exchange.ts'

const mediaType = 'application/jupyterhub-pagination+json'

const wholeNumber = z
  .string()
  .regex(/^[+-]?\d{1,15}$/, 'expected a whole number')
  .transform((text) => Math.abs(Number(text)))

/** Query fields of every list. */
export const PageQuery = z.object({
  offset: wholeNumber.optional().describe('How many entries to skip.'),
  limit: wholeNumber.optional().describe('How many entries to send, at most the configured maximum.'),
})

/** Which part of a list is wanted. */
export type PageRequest = { readonly offset: number; readonly limit: number; readonly wrapped: boolean }

/** True when the client asked for the envelope with `_pagination`. */
const wantsEnvelope = (accept: string | null): boolean => (accept ?? '').split(',').some((part) => part.trim().toLowerCase() === mediaType)

/** Limits as configured; without the envelope a list is as long as allowed, with it as long as usual. */
export function pageRequest(
  exchange: Exchange,
  query: z.output<typeof PageQuery>,
  limits: { readonly apiPageDefaultLimit: number; readonly apiPageMaxLimit: number },
): PageRequest {
  const wrapped = wantsEnvelope(exchange.headers.get('accept'))
  const usual = wrapped ? limits.apiPageDefaultLimit : limits.apiPageMaxLimit
  const limit = Math.min(Math.max(query.limit ?? usual, 1), limits.apiPageMaxLimit)
  return { offset: query.offset ?? 0, limit, wrapped }
}

/** The address of the next page: this one, every other query field as it was sent, absolute. */
function nextUrl(exchange: Exchange, offset: number, limit: number): string {
  const kept = exchange.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !/^(?:offset|limit|_xsrf)(?:=|$)/.test(pair))
  return `${exchange.client.origin}${exchange.path}?${[...kept, `offset=${offset}`, `limit=${limit}`].join('&')}`
}

/** The list, bare or in its envelope. */
export function toPage<T>(exchange: Exchange, page: PageRequest, items: readonly T[], total: number) {
  if (!page.wrapped) return [...items]
  const { offset, limit } = page
  const after = offset + limit
  const next = after >= total ? null : { offset: after, limit, url: nextUrl(exchange, after, limit) }
  return { items: [...items], _pagination: { offset, limit, total, next } }
}
