import { z } from 'zod'
import { githubOptions } from '../auth/github-options.ts'
import { oidcOptions } from '../auth/oidc-options.ts'
import type { AuthenticatorOptions } from '../auth/registry.ts'
import { dummyOptions, nativeOptions } from '../auth/options.ts'
import { databaseOptions } from '../db/options.ts'
import { accessOptions } from '../hub/access-options.ts'
import { hubOptions } from '../hub/options.ts'
import { roleOptions } from '../hub/role-options.ts'
import { serviceOptions } from '../hub/service-options.ts'
import { logOptions } from '../lib/log-options.ts'
import { proxyOptions } from '../proxy/options.ts'
import { guardOptions } from '../spawners/docker/guard/options.ts'
import { dockerOptions } from '../spawners/docker/options.ts'
import { processOptions } from '../spawners/process/options.ts'
import type { OptionSection, SectionValues } from '../core/options.ts'

/** How a section is written. */
export type SectionForm = {
  /** A list of entries. */
  readonly many: boolean
  /** Every entry has a `kind` that chooses one of the tables. */
  readonly kinds: boolean
  readonly tables: readonly OptionSection[]
  /** The kind, or the list, when nothing is given. */
  readonly fallback: unknown
  /** Another list when nothing is given, by a variable that only makes sense with it; the first that is set counts. */
  readonly impliedBy?: Readonly<Record<string, unknown>>
  /** Shape of the whole section in a variable. */
  readonly schema: z.ZodType
}

const one = (table: OptionSection): SectionForm => ({ many: false, kinds: false, tables: [table], fallback: null, schema: z.unknown() })

/** All sections by name, in the order in which they are documented. */
export const layout = {
  hub: one(hubOptions),
  proxy: one(proxyOptions),
  database: one(databaseOptions),
  authenticators: {
    many: true,
    kinds: true,
    tables: [nativeOptions, dummyOptions, githubOptions, oidcOptions],
    fallback: ['native'],
    impliedBy: {
      GITHUB_CLIENT_ID: ['github'],
      ORRERY_AUTHENTICATORS_GITHUB_CLIENT_ID: ['github'],
      ORRERY_AUTHENTICATORS_OIDC_CLIENT_ID: ['oidc'],
      OAUTH_CLIENT_ID: ['github'],
    },
    schema: z.array(z.unknown()),
  },
  access: one(accessOptions),
  spawner: { many: false, kinds: true, tables: [processOptions, dockerOptions], fallback: 'process', schema: z.unknown() },
  services: { many: true, kinds: false, tables: [serviceOptions], fallback: [], schema: z.array(z.unknown()) },
  roles: { many: true, kinds: false, tables: [roleOptions], fallback: [], schema: z.array(z.unknown()) },
  guard: one(guardOptions),
  log: one(logOptions),
} as const satisfies Record<string, SectionForm>

/** Name of a section. */
export type SectionName = keyof typeof layout

/** Every table of options: what documentation, the generated configuration and the environment names are made from. */
export const allSections: readonly OptionSection[] = Object.values(layout).flatMap((form: SectionForm) => form.tables)

/** The whole configuration. Each part of the program receives its section, never all of it. */
export type Config = {
  readonly hub: SectionValues<typeof hubOptions>
  readonly proxy: SectionValues<typeof proxyOptions>
  readonly database: SectionValues<typeof databaseOptions>
  readonly authenticators: readonly AuthenticatorOptions[]
  readonly access: SectionValues<typeof accessOptions>
  readonly spawner: SectionValues<typeof processOptions> | SectionValues<typeof dockerOptions>
  readonly services: readonly SectionValues<typeof serviceOptions>[]
  readonly roles: readonly SectionValues<typeof roleOptions>[]
  readonly guard: SectionValues<typeof guardOptions>
  readonly log: SectionValues<typeof logOptions>
}

/** What the loader put together from the layout, under its type. The one place where the two are said to agree. */
export const asConfig = (sections: Readonly<Record<string, unknown>>): Config => z.custom<Config>().parse(sections)

/** A hint when a name means something in another table than the given one; null when it does not. */
export function elsewhere(name: string, table: OptionSection | null): string | null {
  const other = allSections.find((candidate) => candidate !== table && Object.hasOwn(candidate.options, name))
  if (other === undefined) return null
  if (table !== null && other.section === table.section)
    return `It belongs to the kind '${other.kind ?? ''}'; this entry is of the kind '${table.kind ?? ''}'.`
  return `It belongs to the section ${other.section}: write ${other.section}.${name}.`
}
