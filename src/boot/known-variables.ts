import { environmentName } from '../core/options.ts'
import { nearest } from '../core/nearest.ts'
import { environmentText } from './environment.ts'
import { optionVariable } from './load-section.ts'
import { layout } from './sections.ts'
import type { OptionSection } from '../core/options.ts'
import type { ConfigProblem } from './config-problem.ts'
import type { SectionForm } from './sections.ts'

/** Variables of ours that are no options. */
export const otherVariables: Readonly<Record<string, string>> = {
  ORRERY_CONFIG: 'Configuration file, when --config is not given.',
  ORRERY_PYTHON_BIN: 'Folder of the programs of the Python in which notebook servers run.',
  ORRERY_TERMINAL: 'Set by the supervisor: a person reads what this process prints.',
  ORRERY_DATA_DIR: 'Data directory, when --data-dir is not given.',
  DATA_VOLUME_CONTAINER:
    'Where the volume with the data of the hub is mounted in its container, as container set-ups of JupyterHub call it: the data directory, when neither is given.',
}

/** Every variable that an option of this table is set by: the own name first. */
export function variablesOf(table: OptionSection, name: string): readonly string[] {
  if (table.section === 'services' || table.section === 'roles') return []
  const option = table.options[name]
  const own = optionVariable(table, name)
  return [own, ...(option?.env ?? []), ...(option?.secret === true ? [`${own}_FILE`] : [])]
}

/**
 * Problems for variables that look like options and are none. Names that a container platform makes up for a service called
 * `orrery` (`ORRERY_PORT_8000_TCP_ADDR`) are left alone, and so are names that are like none of ours.
 */
export function unknownVariables(env: Readonly<Record<string, string | undefined>>): ConfigProblem[] {
  const names = Object.keys(env).filter((name) => name.startsWith('ORRERY_') && !madeByPlatform(name, environmentText(env, name)))
  if (names.length === 0) return []
  const known = knownVariables()
  return names.filter((name) => !known.has(name)).flatMap((name) => complaint(name, known))
}

/** An empty variable, or one of a platform: for a service it sets host, port and `tcp://…` addresses. */
const madeByPlatform = (name: string, text: string | null): boolean =>
  text === null || /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP)(?:_\w+)?)$/.test(name) || /^(?:tcp|udp):\/\//.test(text)

function knownVariables(): ReadonlySet<string> {
  const forms: readonly (readonly [string, SectionForm])[] = Object.entries(layout)
  return new Set([
    ...Object.keys(otherVariables),
    ...forms.flatMap(([name, form]) => wholeSection(name, form)),
    ...forms.flatMap(([, form]) =>
      form.tables.flatMap((table) => Object.keys(table.options).flatMap((option) => variablesOf(table, option))),
    ),
  ])
}

function wholeSection(name: string, form: SectionForm): string[] {
  if (form.many) return [`ORRERY_${name.toUpperCase()}`]
  return form.kinds ? [environmentName(name, 'kind')] : []
}

function complaint(name: string, known: ReadonlySet<string>): ConfigProblem[] {
  const meant = nearest(withoutPrefix(name), [...known].filter((one) => one.startsWith('ORRERY_')).map(withoutPrefix))
  const ofSection = Object.keys(layout).some((section) => name.startsWith(`ORRERY_${section.toUpperCase()}_`))
  if (meant === null && !ofSection) return []
  const fix = meant === null ? 'Unset it; `orrery init` writes the names of all options.' : `Did you mean ORRERY_${meant}?`
  return [{ option: name, origin: { kind: 'env', name }, what: 'no option has this name', fix }]
}

/** The prefix alone makes two names look alike. */
const withoutPrefix = (name: string): string => name.replace(/^ORRERY_/, '')
