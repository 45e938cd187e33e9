import { isObject } from '../docker-py-names.ts'
import { markerImage } from '../engine-images.ts'
import { guardLabel } from './check-create.ts'
import { isOwnVolume } from './check-mounts.ts'
import type { Permits } from './permits.ts'
import { canonicalParts, isPlainFetch } from './references.ts'
import { strictObject } from './strict-json.ts'
import { pathOf } from './target.ts'
import { refused, rowsOf, send, sendJson, type Judge } from './verdict.ts'

const infoNames = ['OperatingSystem', 'SecurityOptions', 'ServerVersion', 'DockerRootDir', 'NCPU', 'MemTotal', 'SystemTime'] as const

/** What the hub has to know of the engine; registries, labels and names of the machine stay where they are. */
export const info: Judge = () =>
  send('GET', '/info', (content) => (isObject(content) ? Object.fromEntries(infoNames.map((name) => [name, content[name]])) : {}))

/** An image by its name; one that is not there may be asked for when the configuration names it. */
export const inspectImage: Judge = async ({ target }, { lookUp }) => {
  const reference = target.segments.slice(1, -1).join('/')
  const seen = await lookUp.image(reference)
  if (seen === 'foreign') return refused(`the image ${reference} is not in the configuration`)
  if (seen === null) return { kind: 'absent', message: `No such image: ${reference}` }
  return send('GET', pathOf(['images', seen.isMarker ? markerImage : seen.id, 'json']))
}

/** Fetches an image of the configuration, or makes the empty one that holds names. */
export const createImage: Judge = ({ target: { query }, body, headers }, { permits }) => {
  const { fromImage, tag = '', fromSrc, repo } = Object.fromEntries(query)
  if (fromImage === undefined) {
    const isMarker = fromSrc === '-' && `${repo}:${tag}` === markerImage && body.every((byte) => byte === 0)
    if (!isMarker) return refused('images are not made here')
    const path = pathOf(['images', 'create'], { fromSrc, repo: repo ?? '', tag })
    return { kind: 'send', message: { method: 'POST', path, headers: { 'Content-Type': 'application/x-tar' }, body: Buffer.alloc(1024) } }
  }
  if (fromSrc !== undefined || repo !== undefined || !isPlainFetch(fromImage, tag)) return refused('the image cannot be understood')
  if (permits.images !== null && !permits.images.has(canonicalParts(fromImage, tag)))
    return refused(`the image ${fromImage}:${tag} is not in the configuration`)
  const auth = headers['x-registry-auth']
  const path = pathOf(['images', 'create'], { fromImage, tag })
  return { kind: 'send', message: { method: 'POST', path, ...(typeof auth === 'string' ? { headers: { 'X-Registry-Auth': auth } } : {}) } }
}

/** A volume whose name the configuration gives. */
export const onVolume =
  (method: 'GET' | 'DELETE'): Judge =>
  ({ parameters }, { permits }) => {
    const name = parameters['id'] ?? ''
    return isOwnVolume(name, permits, { prefix: permits.options.prefix })
      ? send(method, pathOf(['volumes', name]))
      : refused(`the volume ${name} is not one of its own`)
  }

/** A volume of the engine's own kind, with labels and nothing else. */
export const createVolume: Judge = ({ body }, { permits }) => {
  const { Name, Labels, ...rest } = strictObject(body.toString('utf8')) ?? {}
  if (typeof Name !== 'string' || Object.keys(rest).length > 0) return refused('a volume is made with Name and Labels alone')
  if (!isOwnVolume(Name, permits, { prefix: permits.options.prefix })) return refused(`the volume ${Name} is not one of its own`)
  const labels = isObject(Labels) ? Object.entries(Labels) : []
  if (!labels.every(([name, value]) => name.startsWith('orrery.') && typeof value === 'string'))
    return refused('its labels are not those of a volume of servers')
  return sendJson('POST', '/volumes/create', { Name, Labels: { ...Object.fromEntries(labels), [guardLabel]: permits.installation } })
}

/** How much the volumes of the installation hold. */
export const diskUse: Judge = ({ target }, { permits }) => {
  if (target.query.get('type') !== 'volume') return refused('only the sizes of volumes may be asked for')
  return send('GET', pathOf(['system', 'df'], { type: 'volume' }), ownVolumes(permits))
}

/** The volumes whose names the configuration gives. */
export const listVolumes: Judge = ({ target }, { permits }) => {
  const filters = target.query.get('filters') ?? '{}'
  if (strictObject(filters) === null) return refused('its filters cannot be understood')
  return send('GET', pathOf(['volumes'], { filters }), ownVolumes(permits))
}

const ownVolumes =
  (permits: Permits) =>
  (content: unknown): unknown => {
    const all = isObject(content) ? rowsOf(content['Volumes']) : []
    return { Volumes: all.filter((row) => isOwnVolume(String(row['Name']), permits, { prefix: permits.options.prefix })) }
  }
