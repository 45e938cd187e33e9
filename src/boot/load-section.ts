import { environmentName } from '../core/options.ts'
import { nearest } from '../core/nearest.ts'
import { environmentText, environmentValue } from './environment.ts'
import { expectation, explainIssue } from './explain-issue.ts'
import { absolutePaths, folderOf, resolveSecret } from './given-values.ts'
import type { Option, OptionSection } from '../core/options.ts'
import type { ConfigProblem, Origin } from './config-problem.ts'
import type { Given, Surroundings } from './given-values.ts'
import type { ValuePath } from './config-lines.ts'

/** One section, or one entry of a list of sections, before parsing. */
export type SectionInput = {
  /** How it is called in messages: `spawner`, `authenticators[0]`. */
  readonly label: string
  readonly table: OptionSection
  /** Steps to it in the file. */
  readonly steps: ValuePath
  /** What the file (or a variable that holds the whole list) says; without `kind`. */
  readonly content: Readonly<Record<string, unknown>>
  readonly origin: (steps: ValuePath) => Origin
  /** Variables of single options count for this entry. */
  readonly usesEnvironment: boolean
  /** The last word on a value that was given, or on none: what the command line says. */
  readonly adjust: (name: string, given: Given | null) => Given | null
  /** A word about a name that is no option here but means something elsewhere; null when it does not. */
  readonly hint: (name: string) => string | null
}

/** A parsed section. Where a value was wrong, `values` has the default. */
export type SectionOutput = {
  readonly values: Readonly<Record<string, unknown>>
  readonly origins: ReadonlyMap<string, Origin>
  readonly problems: readonly ConfigProblem[]
}

/** Parses one section: file, then environment, then defaults. All problems are collected. */
export async function loadSection(input: SectionInput, around: Surroundings): Promise<SectionOutput> {
  const problems: ConfigProblem[] = unknownNames(input)
  const values: Record<string, unknown> = input.table.kind === null ? {} : { kind: input.table.kind }
  const origins = new Map<string, Origin>()
  for (const [name, option] of Object.entries(input.table.options)) {
    const given = input.adjust(name, givenValue(input, name, option, around))
    const path = `${input.label}.${name}`
    origins.set(path, given?.origin ?? { kind: 'default' })
    values[name] = option.default
    if (given === null) problems.push(...missing(input, path, option))
    else {
      const parsed = await parseOption(path, option, given, around)
      values[name] = parsed.value
      problems.push(...parsed.problems)
    }
  }
  return { values, origins, problems }
}

type Parsed = { readonly value: unknown; readonly problems: readonly ConfigProblem[] }

async function parseOption(path: string, option: Option, given: Given, around: Surroundings): Promise<Parsed> {
  const { origin } = given
  const secret: Awaited<ReturnType<typeof resolveSecret>> =
    option.secret === true ? await resolveSecret(given, around) : { ok: true, value: given.value }
  if (!secret.ok) return { value: option.default, problems: [{ option: path, origin, what: secret.what, fix: secret.fix }] }
  const result = option.schema.safeParse(secret.value)
  if (result.success) return { value: absolutePaths(option.schema, result.data, folderOf(origin, around.cwd)), problems: [] }
  const problems = result.error.issues.map((issue) => {
    const { path: inside, what, fix } = explainIssue(option, issue, secret.value)
    return { option: `${path}${inside}`, origin, what, fix }
  })
  return { value: option.default, problems }
}

function givenValue(input: SectionInput, name: string, option: Option, around: Surroundings): Given | null {
  const variable = input.usesEnvironment ? givenByEnvironment(input, name, option, around) : null
  if (variable !== null) return variable
  const value = Object.hasOwn(input.content, name) ? input.content[name] : undefined
  return value === undefined || value === null ? null : { value, origin: input.origin([...input.steps, name]) }
}

function givenByEnvironment(input: SectionInput, name: string, option: Option, { env }: Surroundings): Given | null {
  const own = optionVariable(input.table, name)
  for (const variable of [own, ...(option.env ?? [])]) {
    const text = environmentText(env, variable)
    if (text !== null) return { value: environmentValue(option.schema, text), origin: { kind: 'env', name: variable } }
  }
  const file = option.secret === true ? environmentText(env, `${own}_FILE`) : null
  return file === null ? null : { value: { file }, origin: { kind: 'env', name: `${own}_FILE` } }
}

/** The variable of an option. Authenticators carry their kind in it, since there may be several. */
export const optionVariable = ({ section, kind }: OptionSection, name: string): string =>
  environmentName(section, name, section === 'authenticators' ? kind : null)

function missing({ table }: SectionInput, path: string, option: Option): ConfigProblem[] {
  if (option.required !== true) return []
  const variable =
    table.section === 'services' || table.section === 'roles' ? '' : ` (or set ${optionVariable(table, path.split('.').at(-1) ?? '')})`
  return [
    { option: path, origin: { kind: 'default' }, what: 'it has to be given', fix: `${expectation(option)}${variable}. ${option.doc}` },
  ]
}

function unknownNames(input: SectionInput): ConfigProblem[] {
  const known = input.table.options
  const unknown = Object.keys(input.content).filter((name) => !Object.hasOwn(known, name))
  return unknown.map((name) => ({
    option: `${input.label}.${name}`,
    origin: input.origin([...input.steps, name]),
    what: 'there is no such option',
    fix: suggestion(input, name),
  }))
}

/** The option that was probably meant: by its name in other deployments, by a slip, or because it belongs elsewhere. */
function suggestion(input: SectionInput, name: string): string {
  const { options } = input.table
  const bySource = Object.keys(options).find((key) => options[key]?.source?.split('.').at(-1) === name)
  const close = bySource ?? nearest(name, Object.keys(options))
  const elsewhere = close === null ? input.hint(name) : null
  if (elsewhere !== null) return elsewhere
  return close === null ? 'Remove it; `orrery init` writes a file with every option.' : `Did you mean ${input.label}.${close}?`
}
