import { environmentName, type Option, type OptionSection } from '../../src/core/options.ts'
import { schemaWords } from '../../src/boot/schema-words.ts'
import { layout, type SectionForm } from '../../src/boot/sections.ts'
import { cell, code, pageHead, table } from './markdown.ts'

const intro = `
The configuration is one file, \`orrery.config.ts\` (or \`.mjs\`, \`.json\`, \`.yaml\`), with the sections below. Every option can also be given as an environment
variable; the environment wins over the file. \`bin/orrery init\` writes a file with all of them, \`bin/orrery check\` tests one without starting anything.
Secrets (marked *secret*) may be given as \`{ file: '/run/secrets/x' }\` or \`{ env: 'NAME' }\`.
`

/** Reference of every option of every section. */
export function optionsPage(): string {
  const parts = Object.entries(layout).flatMap(([name, form]) =>
    form.tables.map((section: OptionSection) => sectionText(name, section, form)),
  )
  return `${pageHead('Options', 'the option tables of the sources')}${intro}\n${parts.join('\n')}`
}

function sectionText(name: string, section: OptionSection, form: SectionForm): string {
  const title = section.kind === null ? name : `${name}: kind '${section.kind}'`
  const whole = form.many
    ? ` This section is a list; the whole of it can be given as JSON in ${code(environmentName('', name).replace('__', '_'))}.`
    : ''
  const isListOfOneKind = form.many && !form.kinds
  const columns = ['option', 'takes', 'default', 'meaning', 'environment']
  const rows = Object.entries(section.options).map(([option, row]) => optionRow(section, option, row))
  const shown = isListOfOneKind ? [columns, ...rows].map((row) => row.slice(0, -1)) : [columns, ...rows]
  return `## ${title}\n\n${section.doc}${whole}\n\n${table(shown[0] ?? [], shown.slice(1))}`
}

function optionRow(section: OptionSection, name: string, option: Option): readonly string[] {
  const takes = [schemaWords(option.schema), option.unit === undefined ? '' : `(${option.unit})`].filter(Boolean).join(' ')
  const marks = [
    option.secret === true ? '*Secret.*' : '',
    option.example === undefined ? '' : `Example: ${code(JSON.stringify(option.example))}.`,
  ]
  const known = option.source === undefined ? '' : `Like ${code(option.source)}.`
  const names = [environmentName(section.section, name, kindInName(section)), ...(option.env ?? [])]
  return [
    code(name),
    cell(takes),
    defaultText(option),
    [cell(option.doc), ...marks, known].filter(Boolean).join(' '),
    names.map(code).join(' '),
  ]
}

/** One spawner is in use, so its variables need no kind; several authenticators are told apart by theirs. */
const kindInName = (section: OptionSection): string | null => (section.section === 'authenticators' ? section.kind : null)

function defaultText(option: Option): string {
  if (option.required === true) return '**required**'
  return option.default === undefined ? '' : code(JSON.stringify(option.default))
}
