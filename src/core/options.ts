import { z } from 'zod'

/** Declaration of one option. */
export type Option<T extends z.ZodType = z.ZodType> = {
  /** Shape after parsing, without default. */
  readonly schema: T
  /** Used when neither file nor environment give a value. `undefined`: the option stays unset (or is required, see `required`). */
  readonly default: z.output<T> | undefined
  /** One or two plain sentences: what it does. */
  readonly doc: string
  /** Unit of the value: 'seconds', 'bytes', … */
  readonly unit?: string
  /** Name of the option of the same meaning in existing deployments, for their operators: `JupyterHub.base_url`. */
  readonly source?: string
  /** Other environment names that are understood. */
  readonly env?: readonly string[]
  /** A secret: never printed, may be given as `{ file }` or `{ env }`. */
  readonly secret?: boolean
  /** The start fails without it. */
  readonly required?: boolean
  /** A value for the generated configuration and for messages, when the default does not show how one looks. */
  readonly example?: z.input<T>
}

/** Options of one area, declared once. */
export type OptionTable = { readonly [name: string]: Option }

/** The same value, unchangeable all the way down. Functions stay as they are. */
export type Frozen<T> = T extends (...args: never[]) => unknown ? T : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

type ValueOf<O extends Option> =
  | Frozen<z.output<O['schema']>>
  | (O extends { readonly required: true } ? never : O['default'] extends undefined ? undefined : never)

/** The parsed values of a table: `T` for an option with a default or a required one, else `T | undefined`. */
export type ValuesOf<T extends OptionTable> = { readonly [K in keyof T]: ValueOf<T[K]> }

/** A named section of the configuration. */
export type OptionSection<T extends OptionTable = OptionTable, K extends string | null = string | null> = {
  readonly section: string
  /** For sections whose options depend on a kind (`spawner`, one of `authenticators`): the kind they belong to. */
  readonly kind: K
  readonly doc: string
  readonly options: T
}

/** Values of a section as its owner receives them. Those of a kind carry it as `kind`. */
export type SectionValues<S> =
  S extends OptionSection<infer T, infer K> ? (K extends string ? { readonly kind: K } & ValuesOf<T> : ValuesOf<T>) : never

type OptionExtras<T extends z.ZodType> = Omit<Option<T>, 'schema' | 'default' | 'doc' | 'required'>

/** An option with a default. */
export function opt<T extends z.ZodType>(
  schema: T,
  fallback: NoInfer<z.output<T>>,
  doc: string,
  extras: OptionExtras<T> = {},
): Option<T> & { readonly default: z.output<T> } {
  return { schema, default: fallback, doc, ...extras }
}

/** An option that may stay unset. */
export function optional<T extends z.ZodType>(
  schema: T,
  doc: string,
  extras: OptionExtras<T> = {},
): Option<T> & { readonly default: undefined } {
  return { schema, default: undefined, doc, ...extras }
}

/** An option that has to be given. */
export function required<T extends z.ZodType>(
  schema: T,
  doc: string,
  extras: OptionExtras<T> = {},
): Option<T> & { readonly default: undefined; readonly required: true } {
  return { schema, default: undefined, required: true, doc, ...extras }
}

/** Declares the options of one section; everything else (type, validator, environment names, documentation) follows from it. */
export function defineOptions<const T extends OptionTable>(section: string, doc: string, options: T): OptionSection<T, null>
export function defineOptions<const T extends OptionTable, const K extends string>(
  section: string,
  doc: string,
  options: T,
  kind: K,
): OptionSection<T, K>
export function defineOptions(section: string, doc: string, options: OptionTable, kind: string | null = null): OptionSection {
  return { section, kind, doc, options }
}

/**
 * A path of a file or folder. The loader makes it absolute: from the folder of the configuration file, or from the current folder when
 * it comes from the environment. Works inside objects and arrays too.
 */
export const pathText = (): z.ZodString => z.string().min(1).meta({ format: 'path' })

/** `startTimeoutSeconds` of `spawner` → `ORRERY_SPAWNER_START_TIMEOUT_SECONDS`. A kind stands between the two: `ORRERY_AUTHENTICATORS_GITHUB_CLIENT_ID`. */
export function environmentName(section: string, option: string, kind: string | null = null): string {
  const parts = kind === null ? [section, option] : [section, kind, option]
  return ['ORRERY', ...parts]
    .join('_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
}
