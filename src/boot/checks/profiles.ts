import { builtinRoles } from '../../core/roles.ts'
import type { ProfilePart } from '../../core/profile-schema.ts'
import type { Config } from '../sections.ts'
import type { Check, Finding } from './check.ts'

/** Profiles fit the kind of the spawner, its images and the roles that there are. */
export const profileChecks: readonly Check[] = [partsFitKind, imagesAllowed, rolesExist]

type Place = { readonly option: string; readonly part: ProfilePart }

/** Everything that a profile may set, with its place: the profile itself, and each choice of its fields. */
function placesOf({ spawner }: Config): Place[] {
  return spawner.profiles.flatMap((profile, index) => {
    const option = `spawner.profiles[${index}]`
    const choices = Object.entries(profile.fields).flatMap(([name, field]) =>
      field.kind === 'choice'
        ? Object.entries(field.choices).map(([id, part]) => ({ option: `${option}.fields.${name}.choices.${id}`, part }))
        : [],
    )
    return [{ option, part: profile }, ...choices]
  })
}

function partsFitKind(config: Config): Finding[] {
  if (config.spawner.kind !== 'process') return []
  const what = 'servers of the kind process have none'
  return placesOf(config).flatMap(({ option, part }) => [
    ...(part.image === undefined ? [] : [{ option: `${option}.image`, what, fix: "Remove it, or set spawner.kind to 'docker'." }]),
    ...(Object.keys(part.volumes).length === 0
      ? []
      : [{ option: `${option}.volumes`, what, fix: "Remove them, or set spawner.kind to 'docker'." }]),
  ])
}

/** Where people may choose from a list, the operator's own profiles keep to it; without a list they are the list. */
function imagesAllowed(config: Config): Finding[] {
  if (config.spawner.kind !== 'docker') return []
  const { image, allowedImages } = config.spawner
  if (allowedImages === '*') return []
  const allowed = new Set([image, ...(isList(allowedImages) ? allowedImages : Object.values(allowedImages))])
  if (Object.keys(allowedImages).length === 0) return []
  return placesOf(config).flatMap(({ option, part }) =>
    part.image === undefined || allowed.has(part.image)
      ? []
      : [
          {
            option: `${option}.image`,
            what: `'${part.image}' is not in spawner.allowedImages`,
            fix: 'Add it to spawner.allowedImages, or choose one of them.',
          },
        ],
  )
}

const isList = (images: readonly string[] | Readonly<Record<string, string>>): images is readonly string[] => Array.isArray(images)

function rolesExist({ spawner, roles }: Config): Finding[] {
  const known = new Set([...Object.keys(builtinRoles), ...roles.map(({ name }) => name)])
  return spawner.profiles.flatMap((profile, index) =>
    profile.roles
      .filter((role) => !known.has(role))
      .map((role) => ({
        option: `spawner.profiles[${index}].roles`,
        what: `there is no role '${role}'`,
        fix: `Choose one of ${[...known].join(', ')}, or add it to the section roles.`,
      })),
  )
}
