import { request as httpRequest, STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { RequestOptions } from 'node:https'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../lib/log.ts'
import { joinPaths, parseTarget } from './target.ts'
import type { Target } from './target.ts'

/** Headers of an own answer besides length and connection. */
export type AnswerFields = readonly (readonly [name: string, value: string])[]

/** Body of an answer that the proxy gives itself. */
export type ErrorPage = { readonly fields: AnswerFields; readonly body: Buffer }

/** Makes error pages. `page` never rejects: what cannot be had elsewhere is replaced by a built-in one. */
export type ErrorPages = { page(status: number, url: string): Promise<ErrorPage> }

const fetchDeadlineMs = 5000
const maxPageBytes = 1_048_576
/** More pages at once are not fetched: many tabs that poll a stopped server must not flood the error target. */
const maxFetches = 64

const htmlFields: AnswerFields = [['Content-Type', 'text/html; charset=utf-8']]

/** Pages from the error target, or from a folder with `<code>.html` and `error.html`, or built in. */
export function createErrorPages(deps: {
  readonly errorTarget: string | null
  readonly errorPath: string | null
  readonly tls: RequestOptions
  readonly log: Log
}): ErrorPages {
  const { errorTarget, errorPath, tls, log } = deps
  const target = errorTarget === null ? null : parseTarget(errorTarget)
  let fetches = 0
  const fetched = async (from: Target, status: number, url: string): Promise<ErrorPage> => {
    if (fetches >= maxFetches) return builtInPage(status)
    fetches++
    try {
      return await fetchPage(from, status, url, tls)
    } catch (error) {
      // A hub that is being restarted is no news: the failed request has its own line.
      if (isRefused(error)) log.debug('proxy.error_page_failed', { status, error })
      else log.error('proxy.error_page_failed', { status, error })
      return builtInPage(status)
    } finally {
      fetches--
    }
  }
  return {
    page: async (status, url) => {
      if (target !== null) return fetched(target, status, url)
      return errorPath === null ? builtInPage(status) : filePage(errorPath, status)
    },
  }
}

const isRefused = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'

async function fetchPage(target: Target, status: number, url: string, tls: RequestOptions): Promise<ErrorPage> {
  const query = [target.query, `url=${encodeURIComponent(url)}`].filter((part) => part !== '').join('&')
  const path = `${joinPaths(target.path, `/${status}`)}?${query}`
  const place = target.socketPath === null ? { host: target.host, port: target.port } : { socketPath: target.socketPath }
  const options = {
    ...(target.secure ? tls : {}),
    ...place,
    path,
    headers: { host: target.authority },
    signal: AbortSignal.timeout(fetchDeadlineMs),
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = target.secure ? httpsRequest(options, resolve) : httpRequest(options, resolve)
    request.on('error', reject)
    request.end()
  })
  const fields: (readonly [string, string])[] = []
  for (const name of ['content-type', 'content-encoding']) {
    const value = response.headers[name]
    if (typeof value === 'string') fields.push([name === 'content-type' ? 'Content-Type' : 'Content-Encoding', value])
  }
  return { fields, body: await readAll(response) }
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue
    bytes += part.length
    if (bytes > maxPageBytes) throw new RangeError(`error page larger than ${maxPageBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function filePage(folder: string, status: number): Promise<ErrorPage> {
  for (const name of [`${status}.html`, 'error.html']) {
    try {
      return { fields: htmlFields, body: await readFile(join(folder, name)) }
    } catch {
      continue
    }
  }
  return builtInPage(status)
}

const explanations: Readonly<Record<number, readonly [title: string, text: string]>> = {
  404: ['Not Found', 'Nothing is registered at this address.'],
  500: ['Not Readable', 'The address or its target could not be read.'],
  503: [
    'Not Available',
    'The server behind this address does not answer at the moment. Files that were saved are there. This page looks again every few seconds.',
  ],
}

/** A page that needs nothing. That of a server which may come back looks again by itself. */
function builtInPage(status: number): ErrorPage {
  const [title, text] = explanations[status] ?? [STATUS_CODES[status] ?? 'Error', 'The request could not be passed on.']
  const again = status === 503 ? '<meta http-equiv="refresh" content="5">' : ''
  const body =
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${again}` +
    `<title>${status}: ${title}</title><style>:root{color-scheme:light dark}` +
    `body{font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:15vh auto;padding:0 1em}</style></head>` +
    `<body><h1>${status}: ${title}</h1><p>${text}</p></body></html>\n`
  return { fields: htmlFields, body: Buffer.from(body) }
}
