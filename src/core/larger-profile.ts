import { plainOverrides } from './plain-profile.ts'
import type { Profile } from './profile-schema.ts'

/** What decides which profile comes next. `memLimit` is that of the spawner, for profiles that say nothing. */
export type MemoryNeed = { readonly current: string | null; readonly limitBytes: number; readonly memLimit: number | null }

/**
 * The profile to try when a server needs more memory than `limitBytes`: the first behind the current one that gives more, else the first of the list.
 * Only among `usable`, and as it is before anybody fills in its fields. Null when none gives more.
 */
export function largerProfile(usable: readonly Profile[], { current, limitBytes, memLimit }: MemoryNeed): Profile | null {
  const at = usable.findIndex(({ name }) => name === current) + 1
  const inTurn = [...usable.slice(at), ...usable.slice(0, at)]
  return (
    inTurn.find((profile) => profile.name !== current && (plainOverrides(profile).memLimit ?? memLimit ?? Infinity) > limitBytes) ?? null
  )
}
