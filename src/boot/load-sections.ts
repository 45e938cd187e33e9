import { nearest } from '../core/nearest.ts'
import { environmentName } from '../core/options.ts'
import { isPlainObject } from './config-file.ts'
import { environmentText, environmentValue } from './environment.ts'
import { shown } from './explain-issue.ts'
import { loadSection } from './load-section.ts'
import { flaggedBindUrl } from './flagged-bind-url.ts'
import { asConfig, elsewhere, layout } from './sections.ts'
import type { OptionSection } from '../core/options.ts'
import type { ConfigFile } from './config-file.ts'
import type { ConfigProblem, Origin } from './config-problem.ts'
import type { ConfigFlags } from './flagged-bind-url.ts'
import type { ValuePath } from './config-lines.ts'
import type { Given, Surroundings } from './given-values.ts'
import type { SectionOutput } from './load-section.ts'
import type { Config, SectionForm } from './sections.ts'

/** Everything that was read. `config` is null when something is missing for which there is no default; otherwise wrong values are replaced by defaults. */
export type LoadedSections = {
  readonly config: Config | null
  readonly origins: ReadonlyMap<string, Origin>
  readonly problems: readonly ConfigProblem[]
}

/** What the parts of this file pass on to each other. */
type Reading = { readonly file: ConfigFile | null; readonly flags: ConfigFlags; readonly around: Surroundings }

/** What became of one section: the value for the configuration, with what was found on the way. `whole`: every option has a value of its type. */
type Outcome = {
  readonly value: unknown
  readonly whole: boolean
  readonly origins: Iterable<readonly [string, Origin]>
  readonly problems: readonly ConfigProblem[]
}

/** Reads every section of the layout. */
export async function loadSections(file: ConfigFile | null, flags: ConfigFlags, around: Surroundings): Promise<LoadedSections> {
  const reading = { file, flags, around }
  const outcomes = await Promise.all(
    Object.entries(layout).map(async ([name, form]): Promise<[string, Outcome]> => [name, await loadForm(reading, name, form)]),
  )
  const whole = outcomes.every(([, outcome]) => outcome.whole)
  return {
    config: whole ? asConfig(Object.fromEntries(outcomes.map(([name, outcome]) => [name, outcome.value]))) : null,
    origins: new Map(outcomes.flatMap(([, outcome]) => [...outcome.origins])),
    problems: [...unknownSections(reading), ...outcomes.flatMap(([, outcome]) => outcome.problems)],
  }
}

async function loadForm(reading: Reading, name: string, form: SectionForm): Promise<Outcome> {
  const given = givenSection(reading, name, form)
  if (form.many) return loadList(reading, name, form, given)
  if (given !== null && !isPlainObject(given.value))
    return failed(name, given.origin, `expected an object, got ${shown(given.value)}`, `Write ${name}: { … }.`)
  return loadEntry(reading, { name, form, label: name, steps: [name], given, first: true })
}

async function loadList(reading: Reading, name: string, form: SectionForm, given: Given | null): Promise<Outcome> {
  const list: unknown = given?.value ?? impliedList(reading, form) ?? form.fallback
  const origin = given?.origin ?? { kind: 'default' }
  if (!Array.isArray(list)) return failed(name, origin, `expected a list, got ${shown(list)}`, `Write ${name}: [ … ].`)
  const items: readonly unknown[] = list
  const seenKinds = new Set<unknown>()
  const outcomes: Outcome[] = []
  for (const [index, item] of items.entries()) {
    const value = form.kinds && typeof item === 'string' ? { kind: item } : item
    const kind = isPlainObject(value) ? value['kind'] : undefined
    const first = form.kinds && !seenKinds.has(kind)
    seenKinds.add(kind)
    outcomes.push(
      await loadEntry(reading, { name, form, label: `${name}[${index}]`, steps: [name, index], given: { value, origin }, first }),
    )
  }
  return {
    value: outcomes.map((outcome) => outcome.value),
    whole: outcomes.every((outcome) => outcome.whole),
    origins: [[name, origin] as const, ...outcomes.flatMap((outcome) => [...outcome.origins])],
    problems: outcomes.flatMap((outcome) => outcome.problems),
  }
}

function impliedList({ around }: Reading, { impliedBy = {} }: SectionForm): unknown {
  const variable = Object.keys(impliedBy).find((name) => environmentText(around.env, name) !== null)
  return variable === undefined ? undefined : impliedBy[variable]
}

/** One section, or one entry of a list. `first`: variables of single options count for it. */
type Entry = {
  readonly name: string
  readonly form: SectionForm
  readonly label: string
  readonly steps: ValuePath
  readonly given: Given | null
  readonly first: boolean
}

async function loadEntry(reading: Reading, entry: Entry): Promise<Outcome> {
  const { name, form, label, steps, given } = entry
  const content = given?.value ?? {}
  const origin = originOf(reading, given)
  if (!isPlainObject(content)) return failed(label, origin(steps), `expected an object, got ${shown(content)}`, 'Write { … }.')
  const kind = form.kinds ? givenKind(reading, entry, content) : null
  const table = form.tables.find((candidate) => candidate.kind === (kind?.value ?? null))
  if (table === undefined) return wrongKind(entry, kind)
  const { kind: _kind, ...options } = content
  const output = await loadSection(
    {
      label,
      table,
      steps,
      content: form.kinds ? options : content,
      origin,
      usesEnvironment: !form.many || (form.kinds && entry.first),
      adjust: (option, value) => (name === 'proxy' && option === 'bindUrl' ? flaggedBindUrl(reading.flags, value) : value),
      hint: (option) => elsewhere(option, table),
    },
    reading.around,
  )
  return withKind(output, table, label, kind)
}

const withKind = (output: SectionOutput, table: OptionSection, label: string, kind: Given | null): Outcome => ({
  value: output.values,
  whole: Object.entries(table.options).every(([name, option]) => option.required !== true || output.values[name] !== undefined),
  origins: kind === null ? output.origins : [[`${label}.kind`, kind.origin] as const, ...output.origins],
  problems: output.problems,
})

function givenKind(reading: Reading, { name, form, given, steps }: Entry, content: Readonly<Record<string, unknown>>): Given {
  const variable = environmentName(name, 'kind')
  const text = form.many ? null : environmentText(reading.around.env, variable)
  if (text !== null) return { value: text, origin: { kind: 'env', name: variable } }
  if (content['kind'] !== undefined) return { value: content['kind'], origin: originOf(reading, given)([...steps, 'kind']) }
  return {
    value: form.many ? undefined : form.fallback,
    origin: given === null || !form.many ? { kind: 'default' } : originOf(reading, given)(steps),
  }
}

function wrongKind({ label, form }: Entry, kind: Given | null): Outcome {
  const kinds = form.tables.flatMap((table) => table.kind ?? [])
  const meant = typeof kind?.value === 'string' ? nearest(kind.value, kinds) : null
  const fix = meant === null ? `Give one of: ${kinds.join(', ')}.` : `Did you mean '${meant}'? The kinds are: ${kinds.join(', ')}.`
  const what = kind?.value === undefined ? 'it has to be given' : `there is no kind ${shown(kind.value)}`
  return failed(`${label}.kind`, kind?.origin ?? { kind: 'default' }, what, fix)
}

/** A whole section from one variable (lists only) or from the file. */
function givenSection({ file, around }: Reading, name: string, form: SectionForm): Given | null {
  const variable = `ORRERY_${name.toUpperCase()}`
  const text = form.many ? environmentText(around.env, variable) : null
  if (text !== null) return { value: environmentValue(form.schema, text), origin: { kind: 'env', name: variable } }
  const value = file?.content[name]
  if (file === null || value === undefined || value === null) return null
  return { value, origin: { kind: 'file', file: file.path, line: file.locate([name]) } }
}

function originOf({ file }: Reading, given: Given | null): (steps: ValuePath) => Origin {
  return (steps) => {
    const origin = given?.origin ?? { kind: 'default' }
    return origin.kind === 'file' && file !== null ? { ...origin, line: file.locate(steps) ?? origin.line } : origin
  }
}

function unknownSections({ file }: Reading): ConfigProblem[] {
  if (file === null) return []
  const names = Object.keys(layout)
  const unknown = Object.keys(file.content).filter((name) => !Object.hasOwn(layout, name))
  return unknown.map((name) => {
    const meant = nearest(name, names)
    const fix = elsewhere(name, null) ?? (meant === null ? `The sections are: ${names.join(', ')}.` : `Did you mean ${meant}?`)
    return { option: name, origin: { kind: 'file', file: file.path, line: file.locate([name]) }, what: 'there is no such section', fix }
  })
}

const failed = (option: string, origin: Origin, what: string, fix: string): Outcome => ({
  value: undefined,
  whole: false,
  origins: [],
  problems: [{ option, origin, what, fix }],
})
