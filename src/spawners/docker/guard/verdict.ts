import { isObject } from '../docker-py-names.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { EngineMessage } from './engine-way.ts'
import type { LookUp } from './look-up.ts'
import type { Permits } from './permits.ts'
import type { Target } from './target.ts'

/** A request to the guard, taken apart. `parameters` are those of the path pattern. */
export type Asked = {
  readonly target: Target
  readonly parameters: Readonly<Record<string, string>>
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What judges have at hand. */
export type JudgeDeps = {
  readonly permits: Permits
  readonly lookUp: LookUp
  /** Ranges of addresses that the network of all servers had while the guard looked on. */
  readonly seenRanges: Set<string>
}

/** What becomes of a request. `absent`: there is no such thing. `reshape` changes the JSON that the engine answers. */
export type Verdict =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'absent'; readonly message: string }
  | { readonly kind: 'send'; readonly message: Omit<EngineMessage, 'signal'>; readonly reshape?: (content: unknown) => unknown }

/** Decides about one kind of request. */
export type Judge = (asked: Asked, deps: JudgeDeps) => Promise<Verdict> | Verdict

/** The request does not pass; `reason` completes a sentence. */
export const refused = (reason: string): Verdict => ({ kind: 'refused', reason })

/** Sends JSON to the engine. */
export const sendJson = (method: string, path: string, body: unknown): Verdict => ({
  kind: 'send',
  message: { method, path, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) },
})

/** Sends a request without a body. */
export const send = (method: string, path: string, reshape?: (content: unknown) => unknown): Verdict => ({
  kind: 'send',
  message: { method, path, ...(method === 'POST' ? { headers: { 'Content-Type': 'application/json' }, body: '{}' } : {}) },
  ...(reshape === undefined ? {} : { reshape }),
})

/** The parameters of a request as an object. */
export const queryOf = ({ target }: Asked): Record<string, string> => Object.fromEntries(target.query)

/** The objects of a list that the engine answers. */
export const rowsOf = (content: unknown): readonly Record<string, unknown>[] => (Array.isArray(content) ? content.filter(isObject) : [])
