import { HubError } from '../../core/errors.ts'
import { consumeRate } from '../../db/rate-limits.ts'
import type { Asset, Assets } from '../../web/assets.ts'
import { readBytes } from '../body.ts'
import { openPage, page } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import type { PageParts } from './page-parts.ts'

const forEver = 'public, max-age=31536000, immutable'

type Encoded = { readonly bytes: Buffer; readonly coding: 'br' | 'gzip' | null }

function encodedFor(asset: Asset, acceptEncoding: string | null): Encoded {
  const accepts = (coding: string): boolean =>
    (acceptEncoding ?? '')
      .split(',')
      .some((part) => part.trim().split(';')[0]?.toLowerCase() === coding && !/;\s*q=0(?:\.0+)?\s*$/.test(part))
  if (asset.brotli !== null && accepts('br')) return { bytes: asset.brotli, coding: 'br' }
  if (asset.gzip !== null && accepts('gzip')) return { bytes: asset.gzip, coding: 'gzip' }
  return { bytes: asset.bytes, coding: null }
}

/** Sends a file as this browser takes it; `kept` says that the address changes with the content. */
function send({ exchange }: PageCall, asset: Asset, kept: boolean): Response {
  const { bytes, coding } = encodedFor(asset, exchange.headers.get('accept-encoding'))
  const headers = {
    'Content-Type': asset.type,
    'Content-Length': `${bytes.length}`,
    'Cache-Control': kept ? forEver : 'no-cache',
    Vary: 'Accept-Encoding',
    ...(coding === null ? {} : { 'Content-Encoding': coding }),
  }
  return new Response(exchange.method === 'HEAD' ? null : new Uint8Array(bytes), { headers })
}

/** `static/<hash>/style.css` may be kept for ever, `static/style.css` not. */
function sendFile(assets: Assets, call: PageCall): Response {
  const path = call.params['path'] ?? ''
  const [first = '', ...rest] = path.split('/')
  const isVersioned = first === assets.version
  const asset = assets.files.get(isVersioned ? rest.join('/') : path)
  if (asset === undefined) throw new HubError('not_found')
  return send(call, asset, isVersioned)
}

function sendLogo(assets: Assets, call: PageCall): Response {
  const asset = assets.files.get('logo.svg')
  if (asset === undefined) throw new HubError('not_found')
  return send(call, asset, false)
}

const reportLimitBytes = 8_192
const reportsPerMinute = 20

/** A browser says that a page broke the content policy. Logged short, and not too often. */
async function takeReport(call: PageCall): Promise<Response> {
  const { hub, caller, exchange } = call
  if (caller === null) throw new HubError('credentials_missing')
  const verdict = await consumeRate(hub.database.db, {
    bucket: `csp:${caller.id}`,
    limit: reportsPerMinute,
    windowMs: 60_000,
    now: hub.clock.now(),
  })
  if (!verdict.allowed) throw new HubError('rate_limited', { retryAfterSeconds: Math.ceil(verdict.retryAfterMs / 1000) })
  const text = new TextDecoder().decode(await readBytes(exchange.request, reportLimitBytes))
  hub.log.warn('page.policy_broken', { user: caller.name, report: text.replace(/\p{Cc}|\p{Cf}/gu, ' ').slice(0, 2_048) })
  return new Response(null, { status: 200 })
}

/** Files, the logo, the sign of life, reports of browsers. */
export const staticPages = ({ assets }: PageParts): readonly Page[] => [
  ...(['GET', 'HEAD'] as const).flatMap((method) => [
    openPage({ method, path: '/static/*path' }).handledBy((call) => sendFile(assets, call)),
    openPage({ method, path: '/logo' }).handledBy((call) => sendLogo(assets, call)),
    openPage({ method, path: '/health' }).handledBy(() => new Response('', { headers: { 'Content-Type': 'text/plain' } })),
  ]),
  page({ method: 'POST', path: '/security/csp-report', xsrf: 'ignore', readsForm: false }).handledBy(takeReport),
]
