import { shown } from './explain-issue.ts'
import { allSections } from './sections.ts'
import type { Origin } from './config-problem.ts'
import type { LoadedConfig } from './load-config.ts'

/** An option that somebody has set. Secrets show that they are, not what. */
export type Setting = { readonly option: string; readonly value: string; readonly origin: Origin }

/** Every option that has not its default, in the order of the sections. */
export function settingsOf({ config, origins }: LoadedConfig): readonly Setting[] {
  return [...origins].flatMap(([option, origin]) => {
    if (origin.kind === 'default') return []
    const value: unknown = option
      .split(/[.[\]]+/)
      .filter(Boolean)
      .reduce<unknown>(step, config)
    return typeof value === 'object' && isEntries(option) ? [] : [{ option, value: isSecret(option) ? '(secret)' : shown(value), origin }]
  })
}

const step = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined)

/** A whole list of sections; its entries are shown one by one. */
const isEntries = (option: string): boolean => !option.includes('.')

function isSecret(option: string): boolean {
  const [section = '', name = ''] = option.replace(/\[\d+\]/, '').split('.')
  return allSections.some((table) => table.section === section && table.options[name]?.secret === true)
}
