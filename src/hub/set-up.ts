import { HubError } from '../core/errors.ts'
import type { Db } from '../db/database.ts'
import { findCredential, hasAdminWhoCanSignIn, setCredential } from '../db/credentials.ts'
import { deleteSetting, getSetting, setSetting } from '../db/settings.ts'
import { createUser, findUser, updateUser } from '../db/users.ts'
import type { User } from '../db/users.ts'
import { safeEqual, sha256Hex } from '../lib/secrets.ts'
import { lockAdmins, requireGoodPassword, requireName } from './account-rules.ts'
import type { AccountsDeps } from './account-rules.ts'
import { audit, hubActor } from './actor.ts'
import { giveDefaultRoles } from './default-roles.ts'

const tokenKey = 'setup_token_hash'

/** The first administrator of a hub: by a one-time link, or by the configuration. */
export function createSetUp(deps: AccountsDeps) {
  const { database, clock, ids, passwords } = deps

  /** True while no administrator could sign in. */
  const isSetUpNeeded = async (): Promise<boolean> => !(await hasAdminWhoCanSignIn(database.db))

  /**
   * The token of a new set-up link (`/hub/setup?token=…`); links from before stop working. Null when the hub is set up.
   * Called at each start.
   */
  const newSetUpToken = async (): Promise<string | null> => {
    if (!(await isSetUpNeeded())) return null
    const token = ids.hex(24)
    await setSetting(database.db, tokenKey, sha256Hex(token))
    return token
  }

  /** Whether the link may be used now: `newest` one, an old or invented one, or not needed any more. */
  const judgeSetUpToken = async (token: string): Promise<'newest' | 'wrong' | 'done'> => {
    if (!(await isSetUpNeeded())) return 'done'
    const expected = await getSetting(database.db, tokenKey)
    return expected !== null && safeEqual(expected, sha256Hex(token)) ? 'newest' : 'wrong'
  }

  /** Makes the first administrator. Errors: setup_done, setup_token_wrong, bad_name, user_exists, password_weak. */
  const setUp = async (form: { readonly token: string; readonly userName: string; readonly password: string }): Promise<User> => {
    const refused = { done: 'setup_done', wrong: 'setup_token_wrong', newest: null } as const
    const code = refused[await judgeSetUpToken(form.token)]
    if (code !== null) throw new HubError(code)
    const name = requireName(form.userName.trim())
    requireGoodPassword(deps, form.password, name)
    const passwordHash = await passwords.hash(form.password)
    return database.transaction(async (tx) => {
      await lockAdmins(tx)
      if (await hasAdminWhoCanSignIn(tx)) throw new HubError('setup_done')
      return makeFirstAdmin(tx, name, passwordHash)
    })
  }

  /**
   * Makes the administrator that the configuration names, unless somebody can sign in already.
   * The password is taken as it is: whoever configures the hub decides. Errors: bad_name, user_exists.
   */
  const ensureFirstAdmin = async (admin: {
    readonly userName: string
    readonly password: string
  }): Promise<{ readonly created: boolean }> => {
    if (!(await isSetUpNeeded())) return { created: false }
    const name = requireName(admin.userName)
    const passwordHash = await passwords.hash(admin.password)
    return database.transaction(async (tx) => {
      await lockAdmins(tx)
      if (await hasAdminWhoCanSignIn(tx)) return { created: false }
      await makeFirstAdmin(tx, name, passwordHash)
      return { created: true }
    })
  }

  const makeFirstAdmin = async (tx: Db, name: string, passwordHash: string): Promise<User> => {
    const now = clock.now()
    const known = (await createUser(tx, { name, admin: true, now })) ?? (await findUser(tx, name))
    // An account with a password has an owner, whom nobody may become by this way.
    if (known === null || (await findCredential(tx, known.id)) !== null) throw new HubError('user_exists', { user: name })
    const user = (await updateUser(tx, known.id, { admin: true, status: 'active' })) ?? known
    await setCredential(tx, { userId: user.id, passwordHash, now })
    await giveDefaultRoles(tx, { userId: user.id }, true)
    await deleteSetting(tx, tokenKey)
    await audit(tx, now, hubActor, 'hub.set_up', user.name)
    return user
  }

  return { isSetUpNeeded, newSetUpToken, judgeSetUpToken, setUp, ensureFirstAdmin }
}
