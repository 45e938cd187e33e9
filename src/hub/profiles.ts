import type { JsonObject } from '../core/json.ts'
import { largerProfile } from '../core/larger-profile.ts'
import { brokenLimit } from '../core/out-of-memory.ts'
import type { Profile } from '../core/profile-schema.ts'
import { checkChoice, optionsOf, usableProfiles } from '../core/profiles.ts'
import type { Asker, Chosen } from '../core/profiles.ts'
import type { Db } from '../db/database.ts'
import type { Server } from '../db/servers.ts'
import { rolesOfUser } from '../db/roles.ts'
import { groupsOfUser } from '../db/users.ts'

/** Whose server it is. */
type Owner = { readonly id: number; readonly name: string }

/** Use cases of profiles, for pages. */
export type Profiles = ReturnType<typeof createProfiles>

/** The profiles of a hub. Who may use one is looked up at every call. `memLimit`: what a profile gives that says nothing, bytes; null: no limit. */
export function createProfiles(db: Db, all: readonly Profile[], memLimit: number | null) {
  return {
    all,
    /** In the order of the configuration. */
    usableBy: async (owner: Owner): Promise<readonly Profile[]> => usableProfiles(all, await askerOf(db, owner)),
    /** What a start with these options would say. */
    check: async (owner: Owner, options: JsonObject, kept = false): Promise<Chosen> =>
      checkChoice(all, await askerOf(db, owner), options, kept),
    /** The profile to start a server with next that ran out of memory; null when it did not, or none gives more. */
    largerFor: async (owner: Owner, { state, userOptions }: Pick<Server, 'state' | 'userOptions'>): Promise<Profile | null> => {
      const limitBytes = state.kind === 'failed' ? brokenLimit(state.failure) : null
      if (limitBytes === null || all.length === 0) return null
      const { profile } = userOptions
      const current = typeof profile === 'string' ? profile : null
      return largerProfile(usableProfiles(all, await askerOf(db, owner)), { current, limitBytes, memLimit })
    },
  }
}

/**
 * The options that a start is made with and that are kept for the next one. `asked`: null for those of last time, `kept`. Without profiles they are
 * taken as they come. Errors: profile_none, profile_unknown, profile_not_allowed, profile_field_invalid.
 */
export async function chosenOptions(
  tx: Db,
  all: readonly Profile[],
  owner: Owner,
  { asked, kept }: { readonly asked: JsonObject | null; readonly kept: JsonObject },
): Promise<JsonObject> {
  if (all.length === 0) return asked ?? kept
  const checked = checkChoice(all, await askerOf(tx, owner), asked ?? kept, asked === null)
  if (!checked.ok) throw checked.error
  return optionsOf(checked.choice)
}

async function askerOf(db: Db, { id, name }: Owner): Promise<Asker> {
  const roles = await rolesOfUser(db, id)
  return { user: name, groups: await groupsOfUser(db, id), roles: roles.map((role) => role.name) }
}
