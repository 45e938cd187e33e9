import type { ErrorRecord } from '../../core/errors.ts'
import { HubError } from '../../core/errors.ts'
import type { Principal } from '../../core/principal.ts'
import { holds } from '../../core/scopes.ts'
import type { Assets } from '../../web/assets.ts'
import type { Html } from '../../web/html.ts'
import { chooseLocale } from '../../web/i18n.ts'
import { createUi } from '../../web/ui.ts'
import type { NavEntry, Theme, Ui } from '../../web/ui.ts'
import { hubPrefixOf } from '../deps.ts'
import type { HttpDeps } from '../deps.ts'
import type { Exchange } from '../exchange.ts'
import type { PageParts } from './page-parts.ts'

/** Cookies in which a browser keeps how it wants to see the pages. */
export const localeCookie = 'orrery-locale'
export const themeCookie = 'orrery-theme'

/** The colours named by a cookie or a form; `system` when it names none. */
export const parseTheme = (text: string | null | undefined): Theme => (text === 'light' || text === 'dark' ? text : 'system')

/** What a request knows that a page shows. */
type Seen = { readonly exchange: Exchange; readonly hub: HttpDeps; readonly caller: Principal | null; readonly xsrf: string }

/** Path of a static file: the hash in it changes with the content. */
export const assetPath = (hub: HttpDeps, assets: Assets, name: string): string =>
  `${hubPrefixOf(hub.options)}static/${assets.version}/${name}`

/** The `Ui` of a request. `here`: the address of the same page for GET, when this one is not. */
export function uiOf(parts: PageParts, seen: Seen, nav: NavEntry | null = null, here?: string): Ui {
  const { exchange, hub, caller, xsrf } = seen
  const fixed = hub.options.language
  return createUi({
    locale: fixed ?? chooseLocale(exchange.cookies.all(localeCookie)[0], exchange.headers.get('accept-language')),
    canSwitch: fixed === undefined,
    theme: parseTheme(exchange.cookies.all(themeCookie)[0]),
    baseUrl: hub.options.baseUrl,
    subdomainHost: hub.options.subdomainHost,
    hubPrefix: hubPrefixOf(hub.options),
    xsrf,
    user: caller === null ? null : { name: caller.name, admin: holds(caller.scopes, 'admin-ui') !== 'none' },
    nav,
    here: here ?? `${exchange.path}${exchange.search}`,
    asset: (name) => assetPath(hub, parts.assets, name),
    now: hub.clock.now(),
  })
}

/** A page as a reply. */
export const htmlReply = (page: Html, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(page.toString(), { status, headers: { 'Content-Type': 'text/html; charset=UTF-8', ...headers } })

/** Runs what a form asks for; a refusal comes back as what the form shows, everything else is thrown on. */
export async function attempt<T>(
  work: () => Promise<T>,
): Promise<{ readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: HubError }> {
  try {
    return { ok: true, value: await work() }
  } catch (thrown) {
    if (thrown instanceof HubError && thrown.status < 500) return { ok: false, error: thrown }
    throw thrown
  }
}

/** The error as plain data, for a view. */
export const recordOf = (error: HubError): ErrorRecord => ({ code: error.code, detail: error.detail })

/** The last part of a notice's message key that the address names; the view checks whether there is such a message. */
export const noticeOf = (exchange: Exchange): string | null => exchange.query.get('notice')
