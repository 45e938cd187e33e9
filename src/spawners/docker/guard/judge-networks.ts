import { isObject } from '../docker-py-names.ts'
import { checkNetwork, isOwnNetwork } from './check-network.ts'
import { strictObject } from './strict-json.ts'
import { pathOf } from './target.ts'
import { refused, rowsOf, send, sendJson, type Asked, type Judge, type JudgeDeps, type Verdict } from './verdict.ts'

const seenOf = (row: Record<string, unknown>) => ({ name: String(row['Name']), labels: isObject(row['Labels']) ? row['Labels'] : {} })

/** The networks of the installation. */
export const listNetworks: Judge = ({ target }, { permits, seenRanges }) => {
  const filters = target.query.get('filters') ?? '{}'
  if (strictObject(filters) === null) return refused('its filters cannot be understood')
  return send('GET', pathOf(['networks'], { filters }), (content) => {
    const own = rowsOf(content).filter((row) => isOwnNetwork(seenOf(row), permits))
    for (const row of own) if (row['Name'] === permits.options.networkName) for (const range of rangesOf(row)) seenRanges.add(range)
    return own
  })
}

function rangesOf(row: Record<string, unknown>): readonly string[] {
  const ipam = row['IPAM']
  return rowsOf(isObject(ipam) ? ipam['Config'] : []).flatMap(({ Subnet }) => (typeof Subnet === 'string' ? [Subnet] : []))
}

type OwnNetwork = { readonly id: string; readonly name: string; readonly isMade: boolean }

const ofOwnNetwork =
  (judge: (network: OwnNetwork, asked: Asked, deps: JudgeDeps) => Promise<Verdict> | Verdict): Judge =>
  async (asked, deps) => {
    const reference = asked.parameters['id'] ?? ''
    const seen = await deps.lookUp.network(reference)
    if (seen === null) return { kind: 'absent', message: `network ${reference} not found` }
    if (!isOwnNetwork(seen, deps.permits)) return refused(`the network ${seen.name} is not one of its own`)
    if (seen.name === deps.permits.options.networkName) for (const range of seen.ranges) deps.seenRanges.add(range)
    return judge({ id: seen.id, name: seen.name, isMade: seen.labels['orrery.network'] === seen.name }, asked, deps)
  }

/** A network with its members. */
export const inspectNetwork: Judge = ofOwnNetwork(({ id }) => send('GET', pathOf(['networks', id])))

/** Networks that the operator made stay. */
export const removeNetwork: Judge = ofOwnNetwork(({ id, name, isMade }) =>
  isMade ? send('DELETE', pathOf(['networks', id])) : refused(`the network ${name} was not made by the hub`),
)

/** Makes a network of the configuration. */
export const createNetwork: Judge = ({ body }, { permits, seenRanges }) => {
  const request = strictObject(body.toString('utf8'))
  if (request === null) return refused('the request cannot be understood')
  const checked = checkNetwork(request, permits, seenRanges)
  return 'reason' in checked ? refused(checked.reason) : sendJson('POST', '/networks/create', checked.body)
}

/** Servers and parts of the installation may join and leave its networks; nothing else about that can be chosen. */
export const joinNetwork = (verb: 'connect' | 'disconnect'): Judge =>
  ofOwnNetwork(async ({ id }, { body }, { lookUp }) => {
    const { Container, Force, ...rest } = strictObject(body.toString('utf8')) ?? {}
    if (typeof Container !== 'string' || !/^[\w.-]+$/.test(Container) || Object.keys(rest).length > 0)
      return refused('the request cannot be understood')
    const seen = await lookUp.container(Container)
    if (seen === null) return { kind: 'absent', message: `No such container: ${Container}` }
    if (seen.standing === 'foreign') return refused(`the container ${seen.name} is neither one of its servers nor in guard.members`)
    const more = verb === 'disconnect' ? { Force: Force === true } : {}
    return sendJson('POST', pathOf(['networks', id, verb]), { Container: seen.id, ...more })
  })
