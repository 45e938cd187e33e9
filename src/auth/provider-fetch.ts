import { HubError } from '../core/errors.ts'
import type { Ms } from '../core/time.ts'

/** How the hub asks a provider. */
export type ProviderFetchOptions = {
  /** Title of the authenticator, for messages. */
  readonly service: string
  /** Ends every request that is made with it. */
  readonly signal: AbortSignal
  /** For one request with its whole answer. */
  readonly timeoutMs?: Ms
  readonly limitBytes?: number
}

/** The part of `fetch` that is used. */
export type ProviderFetch = (url: string | URL, init: Omit<RequestInit, 'redirect' | 'signal'>) => Promise<Response>

/**
 * Requests to a provider: redirects are not followed (the token of the request would go with them), the whole answer comes within 10 seconds,
 * and it has at most 1 MiB. Errors: provider_unreachable, provider_answer_odd. Rejects with the reason of `signal` when it aborts.
 */
export function createProviderFetch({ service, signal, timeoutMs = 10_000, limitBytes = 1_048_576 }: ProviderFetchOptions): ProviderFetch {
  return async (url, init) => {
    signal.throwIfAborted()
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal: deadline })
      const body = await readCapped(response, limitBytes)
      if (body === null) throw new HubError('provider_answer_odd', { service, reason: 'it is too long' })
      const { status, headers } = response
      return new Response(mayHaveBody(status) ? body : null, { status, headers: plainHeaders(headers) })
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof HubError) throw error
      throw new HubError('provider_unreachable', { service }, { cause: error })
    }
  }
}

const mayHaveBody = (status: number): boolean => status !== 204 && status !== 205 && status !== 304

/** The body is read and unpacked already. */
function plainHeaders(headers: Headers): Headers {
  const plain = new Headers(headers)
  for (const name of ['content-encoding', 'content-length', 'transfer-encoding']) plain.delete(name)
  return plain
}

/** Null: longer than the limit; the rest is not read. */
async function readCapped(response: Response, limitBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const body: ReadableStream<Uint8Array> | null = response.body
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > limitBytes) return null
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
