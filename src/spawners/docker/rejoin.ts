import type { DockerDeps } from './deps.ts'
import { inspectContainer, type ContainerRow } from './engine-containers.ts'
import { connectNetwork } from './engine-networks.ts'

/** What is needed to know who has to be in the networks of servers. */
export type RejoinDeps = Pick<DockerDeps, 'call' | 'options' | 'surroundings'>

/**
 * Brings the hub and the other members back into the networks of servers that run: a container that was replaced begins in none of them.
 * Nothing to do for a hub beside the engine.
 */
export async function rejoin({ call, options, surroundings }: RejoinDeps, rows: readonly ContainerRow[]): Promise<void> {
  const { place } = await surroundings()
  if (place.kind !== 'container') return
  const networks = networksOf(rows, options.networkName)
  if (networks.length === 0) return
  for (const member of [place.container.Id, ...options.networkMembers]) {
    const container = await inspectContainer(call, member)
    if (container?.State.Running !== true) continue
    const joined = container.NetworkSettings.Networks ?? {}
    for (const network of networks) if (!Object.hasOwn(joined, network)) await connectNetwork(call, network, container.Id)
  }
}

/** Networks that were made for servers and in which one runs. */
function networksOf(rows: readonly ContainerRow[], networkName: string): readonly string[] {
  const running = rows.filter((row) => row.State === 'running').flatMap((row) => Object.keys(row.NetworkSettings?.Networks ?? {}))
  return [...new Set(running)].filter((name) => name === networkName || name.startsWith(`${networkName}-`))
}
