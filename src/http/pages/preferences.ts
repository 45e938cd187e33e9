import { parseLocale } from '../../web/i18n.ts'
import { hubPrefixOf } from '../deps.ts'
import { openPage, redirect } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { checkedNext } from './destination.ts'
import { localeCookie, parseTheme, themeCookie } from './render.ts'

const yearSeconds = 31_536_000

/** Back to the page that the form stood on; its address is checked like any other that comes from outside. */
function back(call: PageCall): Response {
  return redirect(checkedNext(call, call.form.get('next')) ?? `${hubPrefixOf(call.hub.options)}home`, 303)
}

function keep({ exchange, hub }: PageCall, name: string, value: string): void {
  exchange.cookies.set(name, value, { path: hubPrefixOf(hub.options), httpOnly: true, maxAgeSeconds: yearSeconds })
}

/** How a browser wants to see the pages: language and colours. For everybody, signed in or not. */
export const preferencePages: readonly Page[] = [
  openPage({ method: 'POST', path: '/language' }).handledBy((call) => {
    const locale = parseLocale(call.form.get('locale'))
    if (locale !== null) keep(call, localeCookie, locale)
    return back(call)
  }),
  openPage({ method: 'POST', path: '/theme' }).handledBy((call) => {
    const theme = parseTheme(call.form.get('theme'))
    if (theme === 'system') call.exchange.cookies.clear(themeCookie, hubPrefixOf(call.hub.options))
    else keep(call, themeCookie, theme)
    return back(call)
  }),
]
