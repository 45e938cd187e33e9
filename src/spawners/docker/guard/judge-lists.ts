import { isObject } from '../docker-py-names.ts'
import { guardLabel } from './check-create.ts'
import { isOwnVolume } from './check-mounts.ts'
import { strictObject } from './strict-json.ts'
import { pathOf } from './target.ts'
import { queryOf, refused, send, type Judge } from './verdict.ts'

const filterNames: ReadonlySet<string> = new Set(['label', 'name', 'status', 'volume', 'id', 'type', 'event'])

/** Filters of a list, with the mark of the installation among them; null when they cannot be understood. */
export function markedFilters(text: string | undefined, installation: string): string | null {
  const filters = strictObject(text ?? '{}')
  if (filters === null) return null
  const isPlain = ([name, value]: [string, unknown]): boolean =>
    filterNames.has(name) && Array.isArray(value) && value.every((one) => typeof one === 'string')
  if (!Object.entries(filters).every(isPlain)) return null
  const labels: readonly unknown[] = Array.isArray(filters['label']) ? filters['label'] : []
  return JSON.stringify({ ...filters, label: [...labels, `${guardLabel}=${installation}`] })
}

/** Lists show what carries the mark. Who uses a volume of the installation is told whoever it is, of others no more than that. */
export const list: Judge = (asked, { permits }) => {
  const text = asked.target.query.get('filters')
  const volume = soleVolume(text)
  if (volume !== null && isOwnVolume(volume, permits, { prefix: permits.options.prefix })) {
    const path = pathOf(['containers', 'json'], { ...queryOf(asked), filters: JSON.stringify({ volume: [volume] }) })
    return send('GET', path, (content) => (Array.isArray(content) ? content.map((row: unknown) => rowOf(row, permits.installation)) : []))
  }
  const filters = markedFilters(text, permits.installation)
  return filters === null
    ? refused('its filters cannot be understood')
    : send('GET', pathOf(['containers', 'json'], { ...queryOf(asked), filters }))
}

/** The volume that filters ask for, when they ask for nothing else. */
function soleVolume(text: string | undefined): string | null {
  const { volume, ...rest } = strictObject(text ?? '{}') ?? {}
  const names: readonly unknown[] = Array.isArray(volume) ? volume : []
  const [name] = names
  return typeof name === 'string' && names.length === 1 && Object.keys(rest).length === 0 ? name : null
}

function rowOf(row: unknown, installation: string): unknown {
  if (!isObject(row)) return {}
  const isOwn = isObject(row['Labels']) && row['Labels'][guardLabel] === installation
  return isOwn ? row : { Id: row['Id'], State: row['State'], Labels: {}, Names: [] }
}

/** Events of what carries the mark. */
export const events: Judge = (asked, { permits }) => {
  const filters = markedFilters(asked.target.query.get('filters'), permits.installation)
  return filters === null ? refused('its filters cannot be understood') : send('GET', pathOf(['events'], { filters }))
}
