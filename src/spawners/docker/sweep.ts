import type { LivingServers } from '../spawner.ts'
import type { DockerDeps } from './deps.ts'
import { listContainers, removeContainer, type ContainerRow } from './engine-containers.ts'
import { dropNetwork, inspectNetwork, networksWith } from './engine-networks.ts'
import { labels } from './names.ts'

/** How old what lives for a moment may get, seconds. Archiving a large home takes its time. */
const lifeSeconds = { usual: 900, archive: 86_400 } as const
/** A network of a single user may be there before the server that it was made for is seen, seconds. */
const networkSeconds = 300

/** See `Spawner.sweep`. Only what carries the mark of this installation is looked at. */
export async function sweepLeftovers(
  deps: DockerDeps,
  living: () => Promise<LivingServers>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { call, clock, installation } = deps
  const ours = `${labels.hub}=${installation}`
  const [containers, networks] = [await listContainers(call, [ours], signal), await networksWith(call, [ours, labels.user])]
  const known = await living()
  const seconds = clock.now() / 1000
  const removed: string[] = []
  for (const row of containers.filter((one) => isLeftover(one, known, seconds))) {
    signal.throwIfAborted()
    await removeContainer(call, row.Id, signal)
    removed.push(nameOf(row))
  }
  for (const { Name, Created, Labels } of networks) {
    signal.throwIfAborted()
    const isYoung = seconds - Date.parse(Created) / 1000 < networkSeconds
    if (isYoung || known.activeUsers.has(Labels?.[labels.user] ?? '')) continue
    if (await dropEmpty(deps, Name)) removed.push(Name)
  }
  return removed
}

const nameOf = ({ Id, Names }: ContainerRow): string => Names?.[0]?.replace(/^\//, '') ?? Id

/** A server whose row is gone, the holder of the name of one, or something that should have gone after a moment. */
export function isLeftover({ Labels, Created }: Pick<ContainerRow, 'Labels' | 'Created'>, known: LivingServers, seconds: number): boolean {
  const marked = Labels ?? {}
  const purpose = marked[labels.purpose]
  if (purpose !== undefined) return seconds - Created > (purpose === 'archive' ? lifeSeconds.archive : lifeSeconds.usual)
  const server = marked[labels.server]
  if (server !== undefined) return !known.ids.has(Number(server))
  const key = marked[labels.key]
  return key !== undefined && marked[labels.ended] !== undefined && !known.keys.has(key)
}

/** Removes a network in which there is no server, of whichever hub. */
async function dropEmpty({ call, options }: DockerDeps, name: string): Promise<boolean> {
  const network = await inspectNetwork(call, name)
  if (network === null) return false
  const members = Object.keys(network.Containers ?? {})
  const servers = new Set((await listContainers(call, [labels.spec])).map((row) => row.Id))
  if (members.some((member) => servers.has(member))) return false
  await dropNetwork(call, name, [...new Set([...members, ...options.networkMembers])])
  return true
}
