import { orreryVersion, wireVersion } from './versions.ts'
import type { Surface } from './route.ts'

const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
]

/**
 * Content policy of a reply. Must not name the own host: `'self'` is the hub. `formTargets`: where forms may lead besides, after all redirects
 * (`https://*.hub.example.org`); empty: nowhere else.
 */
export function contentPolicy(surface: Surface, hubPrefix: string, formTargets = ''): string {
  const report = `report-uri ${hubPrefix}security/csp-report`
  if (surface === 'api') return `frame-ancestors 'none'; ${report}; default-src 'none'`
  const forms = formTargets === '' ? "form-action 'self'" : `form-action 'self' ${formTargets}`
  return [...pagePolicy, forms, report].join('; ')
}

/**
 * Headers of every reply, errors and redirects included. Those that a handler has set itself stay.
 * Replies that depend on who asks are not stored by anybody.
 */
export function addHeaders(
  headers: Headers,
  surface: Surface,
  facts: { readonly hubPrefix: string; readonly https: boolean; readonly id: string; readonly formTargets?: string },
): void {
  const add = (name: string, value: string): void => {
    if (!headers.has(name)) headers.set(name, value)
  }
  headers.set('X-JupyterHub-Version', wireVersion)
  headers.set('X-Orrery-Version', orreryVersion)
  headers.set('X-Request-Id', facts.id)
  add('Access-Control-Allow-Headers', 'accept, content-type, authorization')
  add('Content-Security-Policy', contentPolicy(surface, facts.hubPrefix, facts.formTargets))
  add('X-Content-Type-Options', 'nosniff')
  add('Cache-Control', 'no-store')
  add('Referrer-Policy', 'same-origin')
  if (facts.https) add('Strict-Transport-Security', 'max-age=31536000')
  if (surface === 'api') return
  add('X-Frame-Options', 'DENY')
  add('Cross-Origin-Opener-Policy', 'same-origin')
  add('Cross-Origin-Resource-Policy', 'same-origin')
  add('Permissions-Policy', 'camera=(), geolocation=(), microphone=()')
}
