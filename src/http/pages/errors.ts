import { HubError } from '../../core/errors.ts'
import { errorPage } from '../../web/views/error.ts'
import type { Principal } from '../../core/principal.ts'
import type { ErrorPage } from '../app.ts'
import { callerByCookie } from '../authenticate.ts'
import type { HttpDeps } from '../deps.ts'
import type { Exchange } from '../exchange.ts'
import { openPage } from '../page.ts'
import type { Page } from '../page.ts'
import type { PageParts } from './page-parts.ts'
import { htmlReply, recordOf, uiOf } from './render.ts'

/** Who sees the error, when nobody has looked yet. The error may be that the database is gone: then it is nobody. */
const visitorOf = (exchange: Exchange, hub: HttpDeps): Promise<Principal | null> => callerByCookie(exchange, hub).catch(() => null)

/** An error as a page in the visitor's language. */
export const createErrorPage =
  (parts: PageParts): ErrorPage =>
  async (error, exchange, hub) => {
    const caller = exchange.seen.caller ?? (await visitorOf(exchange, hub))
    const xsrf = hub.xsrf.token(exchange, caller).value
    const isReading = exchange.method === 'GET' || exchange.method === 'HEAD'
    const ui = uiOf(parts, { exchange, hub, caller, xsrf }, null, isReading ? undefined : `${hub.options.baseUrl}hub/home`)
    const reference = error.status >= 500 ? exchange.id : null
    return errorPage({ status: error.status, error: recordOf(error), reference }, ui).toString()
  }

/** What the proxy shows in the place of a server that it cannot reach; it sets the status itself. */
export const errorPages = (parts: PageParts): readonly Page[] => [
  openPage({ method: 'GET', path: '/error/:code' }).handledBy((call) => {
    const status = Number(call.params['code'])
    if (!Number.isInteger(status) || status < 400 || status > 599) throw new HubError('not_found')
    const ui = uiOf(parts, call, null, `${call.hub.options.baseUrl}hub/home`)
    return htmlReply(errorPage({ status, error: null, reference: null }, ui))
  }),
]
