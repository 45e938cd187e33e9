import type { Profile } from './profile-schema.ts'
import { initialValue } from './profile-values.ts'
import { overridesOf } from './profiles.ts'

/** What decides which profile comes next. `memLimit` is that of the spawner, for profiles that say nothing. */
export type MemoryNeed = { readonly current: string | null; readonly limitBytes: number; readonly memLimit: number | null }

/**
 * The profile to try when a server needs more memory than `limitBytes`: the first behind the current one that gives more, else the first of the list.
 * Only among `usable`, and as it is before anybody fills in its fields. Null when none gives more.
 */
export function largerProfile(usable: readonly Profile[], { current, limitBytes, memLimit }: MemoryNeed): Profile | null {
  const at = usable.findIndex(({ name }) => name === current) + 1
  const inTurn = [...usable.slice(at), ...usable.slice(0, at)]
  return inTurn.find((profile) => profile.name !== current && memoryOf(profile, memLimit) > limitBytes) ?? null
}

/** What a profile gives to who takes it as it is. */
function memoryOf(profile: Profile, memLimit: number | null): number {
  const values = Object.entries(profile.fields).flatMap(([name, field]): [string, string | number][] => {
    const value = initialValue(field)
    return value === undefined ? [] : [[name, value]]
  })
  return overridesOf({ profile, values: Object.fromEntries(values) }).memLimit ?? memLimit ?? Infinity
}
