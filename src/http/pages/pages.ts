import { authorizePage } from '../../web/views/authorize.ts'
import type { OAuthPageDeps } from '../api/oauth2.ts'
import type { ErrorPage } from '../app.ts'
import type { Page } from '../page.ts'
import { accountPages } from './account.ts'
import { addPeoplePages } from './admin-add.ts'
import { filesPages } from './admin-files.ts'
import { peoplePages } from './admin-people.ts'
import { personPages } from './admin-person.ts'
import { hubPages } from './admin-servers.ts'
import { elsewherePages } from './elsewhere.ts'
import { entrancePages } from './entrance.ts'
import { createErrorPage, errorPages } from './errors.ts'
import { homePages } from './home.ts'
import { newAccountPages } from './new-account.ts'
import type { PageParts } from './page-parts.ts'
import { serverPages } from './pending.ts'
import { preferencePages } from './preferences.ts'
import { uiOf } from './render.ts'
import { spawnPages } from './spawn.ts'
import { staticPages } from './static.ts'
import { tokenPages } from './tokens.ts'
import { userServerPages } from './user-server.ts'
import { waysInPages } from './ways-in.ts'

/** Everything that people see: the pages, the page of an error, and the question whether an application may act for somebody. */
export function createPages(parts: PageParts): {
  readonly pages: readonly Page[]
  readonly errorPage: ErrorPage
  readonly confirmPage: OAuthPageDeps['confirmPage']
} {
  const pages = [
    ...entrancePages(parts),
    ...elsewherePages(parts),
    ...newAccountPages(parts),
    ...homePages(parts),
    ...spawnPages(parts),
    ...serverPages(parts),
    ...userServerPages(parts),
    ...accountPages(parts),
    ...waysInPages(parts),
    ...tokenPages(parts),
    ...preferencePages,
    ...staticPages(parts),
    ...errorPages(parts),
    ...peoplePages(parts),
    ...personPages(parts),
    ...filesPages(parts),
    ...addPeoplePages(parts),
    ...hubPages(parts),
  ]
  return {
    pages,
    errorPage: createErrorPage(parts),
    confirmPage: ({ application, destination, scopes, onlyIdentify }, call) =>
      authorizePage(
        { action: `${call.exchange.path}${call.exchange.search}`, application, destination, scopes, onlyIdentify },
        uiOf(parts, call),
      ).toString(),
  }
}
