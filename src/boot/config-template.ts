import { isPlainObject } from './config-file.ts'
import { variablesOf } from './known-variables.ts'
import { schemaWords } from './schema-words.ts'
import { layout } from './sections.ts'
import type { Option, OptionSection } from '../core/options.ts'
import type { SectionForm } from './sections.ts'

/** A way to write down names, values and comments. */
type Notation = {
  /** A comment of several lines. */
  readonly doc: (lines: readonly string[]) => readonly string[]
  /** A line that is taken out, and is put in again by removing what stands before it. */
  readonly off: (line: string) => string
  readonly begin: readonly string[]
  readonly end: readonly string[]
  readonly open: (name: string, many: boolean) => string
  readonly close: (many: boolean) => readonly string[]
  /** One entry of a list, made of these rows. */
  readonly entry: (rows: readonly string[]) => readonly string[]
  readonly row: (name: string, value: unknown) => string
  readonly item: (value: unknown) => string
  readonly indent: string
}

const javascript: Notation = {
  doc: (lines) => lines.map((line, index) => `${index === 0 ? '/** ' : ' *  '}${line}${index === lines.length - 1 ? ' */' : ''}`),
  off: (line) => `// ${line}`,
  begin: ['export default {'],
  end: ['}'],
  open: (name, many) => `  ${name}: ${many ? '[' : '{'}`,
  close: (many) => [many ? '  ],' : '  },'],
  entry: (lines) => ['{', ...lines.map((line) => `  ${line}`), '},'],
  row: (name, value) => `${name}: ${literal(value)},`,
  item: (value) => `${literal(value)},`,
  indent: '    ',
}

const yaml: Notation = {
  doc: (lines) => lines.map((line) => `## ${line}`),
  off: (line) => `# ${line}`,
  begin: [],
  end: [],
  open: (name) => `${name}:`,
  close: () => [],
  entry: (lines) => lines.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`),
  row: (name, value) => `${name}: ${JSON.stringify(value)}`,
  item: (value) => `- ${String(value)}`,
  indent: '  ',
}

/** The text of a configuration that changes nothing, for a file of that name; null when such a file cannot hold comments. */
export function templateFor(fileName: string): string | null {
  if (/\.(?:ts|mjs)$/.test(fileName)) return configTemplate(javascript)
  return /\.ya?ml$/.test(fileName) ? configTemplate(yaml) : null
}

function configTemplate(notation: Notation): string {
  const forms: readonly (readonly [string, SectionForm])[] = Object.entries(layout)
  const head = notation.doc([
    'Every option of Orrery, with its default, or with an example where there is none. Take the comment sign away to change one.',
    'Every option can also be given as an environment variable, which wins over this file. Secrets may be given as { file } or { env }.',
    '`orrery check` tells whether everything is right.',
  ])
  return [
    ...head,
    ...notation.begin,
    ...forms.flatMap(([name, form]) => ['', ...sectionLines(notation, name, form)]),
    ...notation.end,
    '',
  ].join('\n')
}

function sectionLines(notation: Notation, name: string, form: SectionForm): readonly string[] {
  const { open, close, row, item, indent, doc } = notation
  const fallback: readonly unknown[] = form.many && Array.isArray(form.fallback) ? form.fallback : []
  const given = form.many ? fallback.map(item) : form.kinds ? [row('kind', form.fallback)] : []
  const body = form.tables.flatMap((table, index) => {
    const title = doc([table.kind === null ? table.doc : `Kind '${table.kind}': ${table.doc}`])
    const own = form.many ? table : withoutShared(table, form.tables.slice(0, index))
    return ['', ...title, ...(form.many ? entryLines(notation, table) : tableLines(notation, own))]
  })
  const lines = [...given, ...body].map((line) => (line === '' ? '' : `${indent}${line}`))
  return [open(name, form.many), ...lines, ...close(form.many)]
}

/** Options that several kinds have in common stand with the first of them. */
const withoutShared = (table: OptionSection, earlier: readonly OptionSection[]): OptionSection => ({
  ...table,
  options: Object.fromEntries(
    Object.entries(table.options).filter(([name, option]) => earlier.every(({ options }) => options[name] !== option)),
  ),
})

const tableLines = (notation: Notation, table: OptionSection): string[] =>
  Object.entries(table.options).flatMap(([name, option]) => [
    '',
    ...notation.doc([option.doc, facts(table, name, option)]),
    notation.off(notation.row(name, shownValue(option))),
  ])

/** An entry of a list is taken out as a whole; what its options mean stands before it. */
function entryLines(notation: Notation, table: OptionSection): string[] {
  const options = Object.entries(table.options)
  const docs = options.flatMap(([name, option]) => notation.doc([`${name}: ${option.doc}`, facts(table, name, option)]))
  const kind = table.kind === null ? [] : [notation.row('kind', table.kind)]
  const rows = options.map(([name, option]) => notation.row(name, shownValue(option)))
  return [...docs, ...notation.entry([...kind, ...rows]).map(notation.off)]
}

const shownValue = (option: Option): unknown => option.default ?? option.example ?? (option.secret === true ? { env: 'NAME' } : '')

function facts(table: OptionSection, name: string, option: Option): string {
  const words = [schemaWords(option.schema), option.unit === undefined ? '' : `in ${option.unit}`].filter((part) => part !== '').join(' ')
  const optionalWord = option.default === undefined ? 'not set by default' : 'default'
  const fallback = option.required === true ? 'required' : optionalWord
  const marks = option.secret === true ? ['secret'] : []
  const known = option.source === undefined ? [] : [`like ${option.source}`]
  return [words, fallback, ...marks, ...known, ...variablesOf(table, name)].join(' · ')
}

/** A value in JavaScript, as people write it. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (!isPlainObject(value)) return JSON.stringify(value)
  const fields = Object.entries(value).map(([key, item]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : literal(key)}: ${literal(item)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}
