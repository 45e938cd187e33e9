import type { Profile, ProfilePart } from './profile-schema.ts'

/** Everything that profiles and the choices in their fields can set for a server. */
export const profileParts = (profiles: readonly Profile[]): readonly ProfilePart[] =>
  profiles.flatMap((profile) => [
    profile,
    ...Object.values(profile.fields).flatMap((field) => (field.kind === 'choice' ? Object.values(field.choices) : [])),
  ])
