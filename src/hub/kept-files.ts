import type { KeptFiles } from '../core/kept-files.ts'
import { plainOverrides } from '../core/plain-profile.ts'
import type { Profile } from '../core/profile-schema.ts'
import { keptOverrides } from '../core/profiles.ts'
import type { ProfileOverrides } from '../core/profiles.ts'
import type { Server } from '../db/servers.ts'
import type { Spawner } from '../spawners/spawner.ts'
import { refOf } from './server-ref.ts'
import type { ServerOwner } from './server-ref.ts'

/** A server that may not have been made yet. */
type Known = Pick<Server, 'id' | 'name' | 'userOptions'>

/** What lasts beyond servers. */
export type KeptFilesOf = ReturnType<typeof createKeptFiles>

/** Nothing here rejects: null where files last like all others of the machine, and where nobody can tell. */
export function createKeptFiles({ spawner, profiles }: { readonly spawner: Spawner; readonly profiles: readonly Profile[] }) {
  const ask = async (owner: ServerOwner, server: Known, profile: () => ProfileOverrides | null): Promise<KeptFiles | null> => {
    try {
      const chosen = profile()
      const userOptions = chosen === null ? server.userOptions : {}
      return (await spawner.keeps?.({ ...refOf(server, owner), userOptions, profile: chosen })) ?? null
    } catch {
      return null
    }
  }
  return {
    /** Of a server as it was started last, or as it would be started. */
    ofServer: (owner: ServerOwner, server: Known): Promise<KeptFiles | null> =>
      ask(owner, server, () => keptOverrides(profiles, server.userOptions)),
    /** Of a start with that profile as it is. */
    ofProfile: (owner: ServerOwner, server: Known, profile: Profile): Promise<KeptFiles | null> =>
      ask(owner, server, () => plainOverrides(profile)),
  }
}
