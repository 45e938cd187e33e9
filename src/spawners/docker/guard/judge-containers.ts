import { isObject } from '../docker-py-names.ts'
import { asideName } from '../look.ts'
import { checkCreate, guardLabel } from './check-create.ts'
import { isOwnVolume } from './check-mounts.ts'
import type { ContainerSeen } from './look-up.ts'
import { fits } from './patterns.ts'
import { strictObject } from './strict-json.ts'
import { pathOf } from './target.ts'
import { queryOf, refused, send, sendJson, type Asked, type Judge, type JudgeDeps, type Verdict } from './verdict.ts'

/** Gives the container that the path names to `judge` when it is one of the installation's servers. */
export const ofOwn =
  (judge: (container: ContainerSeen, asked: Asked, deps: JudgeDeps) => Promise<Verdict> | Verdict): Judge =>
  async (asked, deps) => {
    const reference = asked.parameters['id'] ?? ''
    const container = await deps.lookUp.container(reference)
    if (container === null) return { kind: 'absent', message: `No such container: ${reference}` }
    return container.standing === 'own'
      ? judge(container, asked, deps)
      : refused(`the container ${container.name} is not one of its servers`)
  }

/** Sends the request on for the id of the container. */
export const onOwn = (method: string, ...verb: readonly string[]): Judge =>
  ofOwn(({ id }, asked) => send(method, pathOf(['containers', id, ...verb], queryOf(asked))))

/** Own containers as they are; a part of the installation, or whoever has the name of a server, without what is its own business. */
export const inspect: Judge = async ({ parameters }, { permits, lookUp }) => {
  const reference = parameters['id'] ?? ''
  const seen = await lookUp.container(reference)
  if (seen === null) return { kind: 'absent', message: `No such container: ${reference}` }
  const path = pathOf(['containers', seen.id, 'json'])
  if (seen.standing === 'own') return send('GET', path)
  const hasServerName = fits(permits.options.nameTemplate, seen.name, { prefix: permits.options.prefix })
  if (seen.standing === 'member' || hasServerName) return send('GET', path, outside)
  return refused(`the container ${seen.name} is neither one of its servers nor in guard.members`)
}

/** What a hub has to know of a container that is none of its servers: whether it runs, and in which networks. */
function outside(content: unknown): unknown {
  if (!isObject(content)) return {}
  const { Id, Name, Image, State, NetworkSettings } = content
  const networks = isObject(NetworkSettings) ? NetworkSettings['Networks'] : {}
  const config = isObject(content['Config']) ? content['Config'] : {}
  const host = isObject(content['HostConfig']) ? content['HostConfig'] : {}
  return {
    Id,
    Name,
    Image,
    State,
    Config: { Image: config['Image'], Hostname: config['Hostname'], Labels: {} },
    HostConfig: { NetworkMode: host['NetworkMode'] },
    NetworkSettings: { Networks: networks, Ports: {} },
  }
}

/** One look at what a container uses, no stream of them. */
export const stats: Judge = ofOwn(({ id }) => send('GET', pathOf(['containers', id, 'stats'], { stream: 'false', 'one-shot': 'true' })))

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

export const create: Judge = async ({ target, body }, { permits, lookUp }) => {
  const request = strictObject(body.toString('utf8'))
  const reference = request?.['Image']
  if (request === null || typeof reference !== 'string' || !/^[\w][\w./:@-]*$/.test(reference))
    return refused('the request cannot be understood')
  const image = await lookUp.image(reference)
  if (image === 'foreign') return refused(`the image ${reference} is not in the configuration`)
  if (image === null) return { kind: 'absent', message: `No such image: ${reference}` }
  const name = target.query.get('name') ?? ''
  const checked = checkCreate({ name, body: request, image }, permits)
  if ('reason' in checked) return refused(checked.reason)
  return sendJson('POST', pathOf(['containers', 'create'], name === '' ? {} : { name }), checked.body)
}

/** A stopped container that is kept for a look steps aside; no other name may be given. */
export const rename: Judge = ofOwn(({ id, name }, asked) => {
  const wanted = asked.target.query.get('name') ?? ''
  return wanted === asideName(name)
    ? send('POST', pathOf(['containers', id, 'rename'], { name: wanted }))
    : refused(`it may not be called ${wanted}`)
})

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')

/** A program inside an own container, as its own user and without anything that the container does not have. */
export const exec: Judge = ofOwn(({ id }, { body }) => {
  const request = strictObject(body.toString('utf8')) ?? {}
  const { AttachStdout, AttachStderr, Cmd, ...rest } = request
  if (!isTexts(Cmd) || Cmd.length === 0 || Object.keys(rest).length > 0)
    return refused('a program is started with Cmd, AttachStdout and AttachStderr alone')
  return sendJson('POST', pathOf(['containers', id, 'exec']), {
    AttachStdout: AttachStdout === true,
    AttachStderr: AttachStderr === true,
    Cmd,
  })
})

/** The same for a program that was started: it has to be one of an own container. */
export const ofOwnExec =
  (judge: (id: string, asked: Asked) => Verdict): Judge =>
  async (asked, { lookUp }) => {
    const id = asked.parameters['id'] ?? ''
    const container = await lookUp.containerOfExec(id)
    if (container === null) return { kind: 'absent', message: `No such exec instance: ${id}` }
    const seen = await lookUp.container(container)
    return seen?.standing === 'own' ? judge(id, asked) : refused('the program is not one of its servers')
  }

export const startExec: Judge = ofOwnExec((id) => sendJson('POST', pathOf(['exec', id, 'start']), { Detach: false, Tty: false }))

const block = 512

/** Only what gives a folder to another owner: an archive of one folder with nothing in it. */
export const putArchive: Judge = ofOwn(({ id }, asked) => {
  const { body } = asked
  const isOneFolder =
    body.length >= block && body.length <= 20 * block && body[156] === 0x35 && body.subarray(block).every((byte) => byte === 0)
  if (!isOneFolder) return refused('only an empty folder may be put into a container')
  const headers = { 'Content-Type': 'application/x-tar' }
  return { kind: 'send', message: { method: 'PUT', path: pathOf(['containers', id, 'archive'], queryOf(asked)), headers, body } }
})
