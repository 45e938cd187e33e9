import { HubError } from '../../core/errors.ts'
import { shownName } from '../../core/names.ts'
import type { Principal } from '../../core/principal.ts'
import type { IsoTime } from '../../core/time.ts'
import { actorOf } from '../../hub/actor.ts'
import { errorTexts } from '../../web/i18n.ts'
import { addPeoplePage } from '../../web/views/admin/add-people.ts'
import { invitedPage } from '../../web/views/admin/person.ts'
import { page } from '../page.ts'
import type { Page, PageCall } from '../page.ts'
import { invitationUrl } from './admin-person.ts'
import { keepsPasswords } from './page-parts.ts'
import type { PageParts } from './page-parts.ts'
import { attempt, htmlReply, recordOf, uiOf } from './render.ts'

/** Most people that one form adds. */
const mostAtOnce = 500

function showForm(parts: PageParts, call: PageCall<Principal>, names: string, error: HubError | null): Response {
  const data = { names, invitations: keepsPasswords(parts), error: error === null ? null : recordOf(error) }
  return htmlReply(addPeoplePage(data, uiOf(parts, call, 'people')), error?.status ?? 200)
}

type Added = { readonly name: string; readonly token: string | null; readonly expiresAt: IsoTime | null }

/** Makes one account, and its link. Errors: bad_name, user_exists, admin_only. */
async function addOne(
  { hub, caller }: PageCall<Principal>,
  name: string,
  wish: { readonly admin: boolean; readonly link: boolean },
): Promise<Added> {
  const [user] = await hub.accounts.create([name], wish.admin, actorOf(caller))
  if (user === undefined) throw new HubError('user_exists', { user: shownName(name) })
  if (!wish.link) return { name: user.name, token: null, expiresAt: null }
  const { token, expiresAt } = await hub.accounts.invite(user.name, actorOf(caller))
  return { name: user.name, token, expiresAt }
}

/** One by one: a name that cannot be used does not hold up the others, and is named afterwards. */
async function addPeople(parts: PageParts, call: PageCall<Principal>): Promise<Response> {
  const { form } = call
  const typed = form.get('names') ?? ''
  const names = [
    ...new Set(
      typed
        .split(/[\r\n]+/)
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    ),
  ]
  if (names.length === 0) return showForm(parts, call, typed, new HubError('bad_name', { name: '', reason: 'it is empty' }))
  if (names.length > mostAtOnce)
    return showForm(parts, call, typed, new HubError('bad_request', { reason: `more than ${mostAtOnce} names` }))
  const wish = { admin: form.get('admin') === 'yes', link: keepsPasswords(parts) && form.get('invite') === 'yes' }
  const ui = uiOf(parts, call, 'people')
  const added: Added[] = []
  const refused: { readonly name: string; readonly reason: string }[] = []
  for (const name of names) {
    const done = await attempt(() => addOne(call, name, wish))
    if (done.ok) added.push(done.value)
    else refused.push({ name: shownName(name), reason: errorTexts(ui.locale, recordOf(done.error)).title })
  }
  const data = {
    links: added.flatMap(({ name, token }) => (token === null ? [] : [{ name, url: invitationUrl(call, token) }])),
    added: added.flatMap(({ name, token }) => (token === null ? [name] : [])),
    refused,
    expiresAt: added.find(({ expiresAt }) => expiresAt !== null)?.expiresAt ?? null,
  }
  return htmlReply(invitedPage(data, ui), added.length === 0 ? 400 : 200)
}

/** Adding people. */
export const addPeoplePages = (parts: PageParts): readonly Page[] => [
  page({ method: 'GET', path: '/admin/add', scopes: ['admin:users'] }).handledBy((call) => showForm(parts, call, '', null)),
  page({ method: 'POST', path: '/admin/add', scopes: ['admin:users'] }).handledBy((call) => addPeople(parts, call)),
]
