import { HubError } from './errors.ts'
import type { Json, JsonObject } from './json.ts'
import type { Profile, ProfilePart } from './profile-schema.ts'
import { readValue } from './profile-values.ts'
import { parseBytes } from './units.ts'

/** Whose server it is: what decides which profiles may be used. */
export type Asker = { readonly user: string; readonly groups: readonly string[]; readonly roles: readonly string[] }

/** A profile with a value for each of its fields. */
export type Choice = { readonly profile: Profile; readonly values: Readonly<Record<string, string | number>> }

/** What is wrong with the value of one field. */
export type FieldProblem = { readonly field: string; readonly reason: string; readonly expected: string }

/** A choice that fits, or why not; `problems` are those of single fields. */
export type Chosen =
  | { readonly ok: true; readonly choice: Choice }
  | { readonly ok: false; readonly error: HubError; readonly problems: readonly FieldProblem[] }

/** What a chosen profile sets in place of the options of the spawner. */
export type ProfileOverrides = ProfilePart & { readonly name: string }

/** The profiles that somebody may use, in the order of the configuration. */
export const usableProfiles = (profiles: readonly Profile[], asker: Asker): readonly Profile[] =>
  profiles.filter(({ users, groups, roles }) => {
    if (users.length + groups.length + roles.length === 0) return true
    return users.includes(asker.user) || groups.some((one) => asker.groups.includes(one)) || roles.some((one) => asker.roles.includes(one))
  })

/** The profile of who has chosen none. Undefined for an empty list. */
export const defaultProfile = (usable: readonly Profile[]): Profile | undefined => usable.find((profile) => profile.default) ?? usable[0]

/** How a profile is called on pages. */
export const profileTitle = (profile: Pick<Profile, 'name' | 'displayName'>): string => profile.displayName ?? profile.name

/**
 * Checks `{ profile, field: value, … }` from the API, a form or the record of a server; a list of one counts as its member. Without `profile` the
 * default one is meant, without a field its default. `kept`: options of an earlier start, whose fields may be gone.
 * Errors: profile_none, profile_unknown, profile_not_allowed, profile_field_invalid.
 */
export function checkChoice(profiles: readonly Profile[], asker: Asker, options: JsonObject, kept = false): Chosen {
  const usable = usableProfiles(profiles, asker)
  const first = defaultProfile(usable)
  if (first === undefined) return refusal('profile_none', { user: asker.user })
  const wish = single(options['profile']) ?? first.name
  const name = typeof wish === 'string' ? wish : JSON.stringify(wish)
  const profile = usable.find((one) => one.name === name)
  if (profile !== undefined) return checkFields(profile, options, kept)
  const allowed = usable.map((one) => one.name).join(', ')
  const isKnown = profiles.some((one) => one.name === name)
  return refusal(isKnown ? 'profile_not_allowed' : 'profile_unknown', { profile: name.slice(0, 64), user: asker.user, allowed })
}

/** The choice as it is kept with a server, and given again at its next start. */
export const optionsOf = ({ profile, values }: Choice): JsonObject => ({ profile: profile.name, ...values })

/** The choice that a server was started with, whoever it was. Errors: those of `checkChoice`. */
export function keptOverrides(profiles: readonly Profile[], options: JsonObject): ProfileOverrides | null {
  if (profiles.length === 0) return null
  const everybody = profiles.map((profile) => ({ ...profile, users: [], groups: [], roles: [] }))
  const checked = checkChoice(everybody, { user: '', groups: [], roles: [] }, options, true)
  if (!checked.ok) throw checked.error
  return overridesOf(checked.choice)
}

/** What the profile says, then what its fields say, in their order: single values are replaced, environment and volumes are added to. */
export function overridesOf({ profile, values }: Choice): ProfileOverrides {
  const parts = Object.entries(profile.fields).map(([name]) => partOf(profile, name, values[name]))
  const { image, memLimit, cpuLimit, environment, volumes } = profile
  return parts.reduce<ProfileOverrides>(
    (before, part) => ({
      ...before,
      ...withoutUnset(part),
      environment: { ...before.environment, ...part.environment },
      volumes: { ...before.volumes, ...part.volumes },
    }),
    { name: profile.name, ...withoutUnset({ image, memLimit, cpuLimit }), environment, volumes },
  )
}

/** Field values of a form that holds all profiles (`gpu--threads`) or of a link (`threads`), as options; those of other profiles are left out. */
export function formOptions(fields: Iterable<readonly [name: string, value: string]>, profile: string | null): JsonObject {
  const own = profile === null ? null : `${profile}--`
  const pairs = [...fields].flatMap(([name, value]): [string, string][] => {
    if (own !== null && name.startsWith(own)) return [[name.slice(own.length), value]]
    return name.includes('--') ? [] : [[name, value]]
  })
  return Object.fromEntries(pairs.filter(([name]) => name !== '__proto__'))
}

function checkFields(profile: Profile, options: JsonObject, kept: boolean): Chosen {
  const read = Object.entries(profile.fields).map(([field, declared]) => ({ field, ...readValue(declared, single(given(options, field))) }))
  const foreign = Object.keys(options).filter((name) => name !== 'profile' && !Object.hasOwn(profile.fields, name))
  const problems = [
    ...read.flatMap((one) => (one.ok ? [] : [{ field: one.field, reason: one.reason, expected: one.expected }])),
    ...(kept ? [] : foreign.map((field) => unknownField(field, profile))),
  ]
  const [first] = problems
  if (first === undefined)
    return { ok: true, choice: { profile, values: Object.fromEntries(read.flatMap((one) => (one.ok ? [[one.field, one.value]] : []))) } }
  return { ok: false, error: new HubError('profile_field_invalid', { profile: profile.name, ...first, problems }), problems }
}

const unknownField = (field: string, profile: Profile): FieldProblem => ({
  field: field.slice(0, 64),
  reason: 'the profile has no such field',
  expected: Object.keys(profile.fields).join(', '),
})

const given = (options: JsonObject, name: string): Json | undefined => (Object.hasOwn(options, name) ? options[name] : undefined)

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

/** The member of a list of one; null counts as not given. */
function single(value: Json | undefined): Json | undefined {
  return (isList(value) && value.length === 1 ? value[0] : value) ?? undefined
}

const refusal = (code: 'profile_none' | 'profile_unknown' | 'profile_not_allowed', detail: Record<string, string>): Chosen => ({
  ok: false,
  error: new HubError(code, detail),
  problems: [],
})

type Part = Partial<ProfilePart>

function partOf(profile: Profile, name: string, value: string | number | undefined): Part {
  const field = profile.fields[name]
  if (field === undefined || value === undefined) return {}
  const variable = field.variable === undefined ? {} : { [field.variable]: `${value}` }
  if (field.kind === 'choice') {
    const { label: _label, ...choice } = field.choices[value] ?? { label: '', environment: {} }
    return { ...choice, environment: { ...choice.environment, ...variable } }
  }
  if (field.kind === 'text' || field.sets === undefined) return { environment: variable }
  const limit = field.sets === 'cpuLimit' ? { cpuLimit: Number(value) } : { memLimit: parseBytes(`${value}${field.unit}`) ?? undefined }
  return { ...limit, environment: variable }
}

const withoutUnset = ({ image, memLimit, cpuLimit }: Part) => ({
  ...(image === undefined ? {} : { image }),
  ...(memLimit === undefined ? {} : { memLimit }),
  ...(cpuLimit === undefined ? {} : { cpuLimit }),
})
