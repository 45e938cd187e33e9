import { isObject } from '../docker-py-names.ts'
import { asideName } from '../look.ts'
import { checkCreate } from './check-create.ts'
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

/** Makes a container of the configuration. */
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
