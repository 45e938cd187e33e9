import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Ms } from '../core/time.ts'

/** What came of a request: the head of an answer, or why there was none. */
export type Probed =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: IncomingHttpHeaders }
  /** Nobody listens there. */
  | { readonly kind: 'refused' }
  /** No answer within the time. */
  | { readonly kind: 'timeout' }
  /** Anything else that went wrong: no such host, a reset connection, no HTTP. `reason` is a code or a short text. */
  | { readonly kind: 'failed'; readonly reason: string }

type ProbeOptions = { readonly timeoutMs: Ms; readonly signal?: AbortSignal; readonly headers?: Readonly<Record<string, string>> }

/**
 * Asks with GET and looks at the head of the answer only; redirects are not followed, the connection is not kept.
 * `url` is `http:`, `https:`, or `http+unix:` with the percent-encoded path of a socket as its host: `http+unix://%2Frun%2Fhub.sock/api`.
 * Rejects only with the reason of `signal`.
 */
export async function probe(url: string, { timeoutMs, signal, headers = {} }: ProbeOptions): Promise<Probed> {
  signal?.throwIfAborted()
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    const response = await headOf(targetOf(url), {
      method: 'GET',
      agent: false,
      headers,
      signal: AbortSignal.any(signal === undefined ? [deadline] : [deadline, signal]),
    })
    response.destroy()
    return { kind: 'answer', status: response.statusCode ?? 0, headers: response.headers }
  } catch (error) {
    signal?.throwIfAborted()
    return deadline.aborted ? { kind: 'timeout' } : failureOf(error)
  }
}

type Target = { readonly isSecure: boolean; readonly options: RequestOptions }

/** Where a URL leads, for `node:http`. Throws TypeError when it is none. */
function targetOf(url: string): Target {
  const unix = /^(?:http\+unix|unix\+http):\/\/([^/?#]+)(.*)$/.exec(url)
  const [, socket, rest] = unix ?? []
  if (socket !== undefined) return { isSecure: false, options: { socketPath: decodeURIComponent(socket), path: rest || '/' } }
  const { protocol, hostname, port, pathname, search } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { isSecure: protocol === 'https:', options: { host, path: `${pathname}${search}`, ...(port === '' ? {} : { port }) } }
}

function headOf({ isSecure, options }: Target, more: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = isSecure ? httpsRequest : httpRequest
    const request = send({ ...options, ...more }, (response) => {
      // What happens to the connection after the head was read is nobody's business.
      response.on('error', () => {})
      resolve(response)
    })
    request.on('error', reject)
    request.end()
  })
}

function failureOf(error: unknown): Probed {
  const reason = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer'
  return reason === 'ECONNREFUSED' || reason === 'ENOENT' ? { kind: 'refused' } : { kind: 'failed', reason }
}
