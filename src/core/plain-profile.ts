import type { Profile } from './profile-schema.ts'
import { initialValue } from './profile-values.ts'
import { overridesOf } from './profiles.ts'
import type { ProfileOverrides } from './profiles.ts'

/** What a profile sets for who takes it as it is, before anybody fills in its fields. */
export function plainOverrides(profile: Profile): ProfileOverrides {
  const values = Object.entries(profile.fields).flatMap(([name, field]): [string, string | number][] => {
    const value = initialValue(field)
    return value === undefined ? [] : [[name, value]]
  })
  return overridesOf({ profile, values: Object.fromEntries(values) })
}
