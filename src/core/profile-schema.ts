import { z } from 'zod'
import { volumeTarget } from './option-schemas.ts'
import type { Frozen } from './options.ts'
import { anchoredPattern } from './profile-pattern.ts'
import { bytesSchema, cpuSchema } from './units.ts'

const slug = z
  .string()
  .max(40)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "expected small letters, digits and single '-' between them")
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "expected letters, digits, '.', '_' and '-'")
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable')
const ownVariable = variable.refine((name) => !/^(?:JUPYTERHUB|JPY)_/i.test(name), 'expected a variable that is not one of the hub')
const text = z.string().refine((given) => !given.includes('\0'), 'expected a text without a zero byte')

/** Names that mean something else in forms, links and options. */
const reserved = new Set(['profile', 'next', 'display_name', '_xsrf', 'notice', 'redirects', 'constructor', 'prototype', '__proto__'])
const fieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,39}$/, "expected letters, digits and '_', a letter first")
  .refine((name) => !reserved.has(name), 'expected a name that has no other meaning in forms')

/** What a profile, or one choice of it, sets in place of the spawner's options. */
const overrides = {
  image: z.string().min(1).optional(),
  memLimit: bytesSchema.optional(),
  cpuLimit: cpuSchema.optional(),
  environment: z.record(variable, text).default({}),
  volumes: z.record(z.string().min(1), volumeTarget).default({}),
}

const every = { label: z.string().min(1), description: z.string().default(''), variable: ownVariable.optional() }

const choiceField = z.strictObject({
  kind: z.literal('choice'),
  ...every,
  choices: z
    .record(word, z.strictObject({ label: z.string().min(1).optional(), ...overrides }))
    .refine((choices) => Object.keys(choices).length > 0, 'expected at least one choice'),
  default: z.string().optional(),
})

const numberField = z.strictObject({
  kind: z.literal('number'),
  ...every,
  min: z.number(),
  max: z.number(),
  whole: z.boolean().default(true),
  default: z.number().optional(),
  /** The limit that the number becomes: cores, or memory in `unit`. */
  sets: z.enum(['memLimit', 'cpuLimit']).optional(),
  unit: z.enum(['M', 'G', 'T']).default('G'),
})

const textField = z.strictObject({
  kind: z.literal('text'),
  ...every,
  pattern: z.string(),
  maxLength: z.int().min(1).max(4096).default(255),
  default: z.string().optional(),
})

const fieldSchema = z.discriminatedUnion('kind', [choiceField, numberField, textField]).superRefine((field, context) => {
  for (const { at, message } of problemsOfField(field)) context.addIssue({ code: 'custom', message, path: [at] })
})

const profileSchema = z.strictObject({
  name: slug,
  displayName: z.string().min(1).max(100).optional(),
  description: z.string().default(''),
  default: z.boolean().default(false),
  users: z.array(z.string().min(1)).default([]),
  groups: z.array(z.string().min(1)).default([]),
  roles: z.array(z.string().min(1)).default([]),
  ...overrides,
  fields: z.record(fieldName, fieldSchema).default({}),
})

/** The option `spawner.profiles`: every profile is right by itself, and no two have one name. */
export const profilesSchema = z.array(profileSchema).superRefine((profiles, context) => {
  const refuse = (index: number, at: string, message: string): void => context.addIssue({ code: 'custom', message, path: [index, at] })
  const names = profiles.map(({ name }) => name)
  const first = profiles.findIndex((profile) => profile.default)
  for (const [index, profile] of profiles.entries()) {
    if (names.indexOf(profile.name) !== index) refuse(index, 'name', 'expected a name that no other profile has')
    if (profile.default && index !== first) refuse(index, 'default', 'expected one default profile only')
  }
})

/** A way to start a server that the operator offers. Without `users`, `groups` and `roles` everybody may use it. */
export type Profile = Frozen<z.output<typeof profileSchema>>
/** Something that people set when they start a server with a profile. */
export type ProfileField = Frozen<z.output<typeof fieldSchema>>
/** What a profile or a choice says about a server. */
export type ProfilePart = Frozen<Pick<z.output<typeof profileSchema>, 'image' | 'memLimit' | 'cpuLimit' | 'environment' | 'volumes'>>

type FieldIssue = { readonly at: string; readonly message: string }

function problemsOfField(field: ProfileField): FieldIssue[] {
  const problems =
    field.kind === 'choice' ? problemsOfChoice(field) : field.kind === 'number' ? problemsOfNumber(field) : problemsOfText(field)
  return changesNothing(field)
    ? [...problems, { at: 'variable', message: 'expected the variable that carries the value: the field would change nothing' }]
    : problems
}

function changesNothing(field: ProfileField): boolean {
  if (field.variable !== undefined) return false
  if (field.kind === 'number') return field.sets === undefined
  return field.kind === 'text' || Object.values(field.choices).every(isEmpty)
}

const isEmpty = ({ image, memLimit, cpuLimit, environment, volumes }: ProfilePart): boolean =>
  (image ?? memLimit ?? cpuLimit) === undefined && Object.keys(environment).length + Object.keys(volumes).length === 0

function problemsOfChoice(field: ProfileField & { readonly kind: 'choice' }): FieldIssue[] {
  const { default: first, choices } = field
  return first === undefined || Object.hasOwn(choices, first) ? [] : [{ at: 'default', message: 'expected one of the choices' }]
}

function problemsOfNumber({ min, max, whole, sets, default: first }: ProfileField & { readonly kind: 'number' }): FieldIssue[] {
  if (min > max) return [{ at: 'max', message: 'expected at least as much as min' }]
  const problems: FieldIssue[] = []
  if (whole && !(Number.isInteger(min) && Number.isInteger(max)))
    problems.push({ at: 'whole', message: 'expected whole numbers as min and max, or whole: false' })
  if (sets !== undefined && min <= 0) problems.push({ at: 'min', message: 'expected more than 0: it becomes a limit' })
  if (first !== undefined && (first < min || first > max || (whole && !Number.isInteger(first))))
    problems.push({ at: 'default', message: 'expected a number that people could give too' })
  return problems
}

function problemsOfText({ pattern, maxLength, default: first }: ProfileField & { readonly kind: 'text' }): FieldIssue[] {
  const parsed = anchoredPattern(pattern)
  if (!parsed.ok) return [{ at: 'pattern', message: parsed.message }]
  if (first === undefined || (first.length <= maxLength && parsed.pattern.test(first))) return []
  return [{ at: 'default', message: 'expected a text that people could give too' }]
}
