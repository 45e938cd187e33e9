import { z } from 'zod'
import { hasStatus, orAbsent, type EngineCall } from './engine-call.ts'

const networkShape = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string(),
  Internal: z.boolean().catch(false),
  IPAM: z.object({ Config: z.array(z.object({ Gateway: z.string().nullish(), Subnet: z.string().nullish() })).nullish() }).nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  Containers: z.record(z.string(), z.unknown()).nullish(),
})

/** What the engine says of one network. */
export type Network = z.output<typeof networkShape>

const iccOption = 'com.docker.network.bridge.enable_icc'

/** The network of that name or id, with its members; null when there is none. */
export async function inspectNetwork(call: EngineCall, name: string): Promise<Network | null> {
  const found = await orAbsent(call.json({ method: 'GET', path: `/networks/${encodeURIComponent(name)}` }))
  return found === null ? null : networkShape.parse(found)
}

const rowsShape = z.array(networkShape.extend({ Created: z.string().catch('') }))

/**
 * The network of that name, without its members; null when there is none. Engines let several have one name when they are made at the same
 * time, and then use none of them: the oldest stays.
 */
export async function findNetwork(call: EngineCall, name: string): Promise<Network | null> {
  const filters = { name: [`^${name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`] }
  const rows = rowsShape.parse(await call.json({ method: 'GET', path: '/networks', query: { filters } }))
  const byAge = (one: { Created: string; Id: string }): string => `${one.Created} ${one.Id}`
  const [oldest, ...others] = rows.filter((row) => row.Name === name).toSorted((one, other) => (byAge(one) < byAge(other) ? -1 : 1))
  for (const { Id } of others) await call.json({ method: 'DELETE', path: `/networks/${Id}` }).catch(ignoreRefusal)
  return oldest ?? null
}

/** Networks that have every one of the labels, without their members. */
export async function networksWith(call: EngineCall, labels: readonly string[]): Promise<z.output<typeof rowsShape>> {
  return rowsShape.parse(await call.json({ method: 'GET', path: '/networks', query: { filters: { label: labels } } }))
}

/** How a network is to be made. Without addresses the engine chooses a range. */
export type NetworkWish = {
  /** Beside that with its name. */
  readonly labels?: Readonly<Record<string, string>>
  readonly isolated: boolean
  readonly addresses: readonly { readonly Subnet?: string | null | undefined; readonly Gateway?: string | null | undefined }[]
}

/** Makes a bridge network; one of that name that somebody else has just made is as good. */
export async function createNetwork(call: EngineCall, name: string, { isolated, addresses, labels = {} }: NetworkWish): Promise<void> {
  const ranges = addresses.flatMap(({ Subnet, Gateway }) => (Subnet ? [{ Subnet, ...(Gateway ? { Gateway } : {}) }] : []))
  const body = {
    Name: name,
    CheckDuplicate: true,
    Driver: 'bridge',
    Labels: { 'orrery.network': name, ...labels },
    Options: isolated ? { [iccOption]: 'false' } : {},
    ...(ranges.length === 0 ? {} : { IPAM: { Driver: 'default', Config: ranges } }),
  }
  try {
    await call.json({ method: 'POST', path: '/networks/create', body })
  } catch (error) {
    if (!hasStatus(error, 409)) throw error
  }
}

/** Whether containers of the network can reach each other. */
export const letsContainersTalk = (network: Network): boolean => network.Options?.[iccOption] !== 'false'

/** Address of the machine of the engine in the network; null when it has none. IPv4 first. */
export function gatewayOf(network: Network): string | null {
  const gateways = (network.IPAM?.Config ?? []).flatMap(({ Gateway }) => (Gateway ? [Gateway.replace(/\/\d+$/, '')] : []))
  return gateways.find((address) => !address.includes(':')) ?? gateways[0] ?? null
}

/** Joins a container to a network; one that is in it stays so. */
export async function connectNetwork(call: EngineCall, network: string, container: string): Promise<void> {
  try {
    await call.json({ method: 'POST', path: `/networks/${encodeURIComponent(network)}/connect`, body: { Container: container } })
  } catch (error) {
    const isMember =
      hasStatus(error, 403, 409, 500) && error instanceof Error && /already exists|already (?:attached|connected)/.test(error.message)
    if (!isMember) throw error
  }
}

/** Takes a container out of a network and removes the network when nobody is left in it. What is gone already is fine. */
export async function dropNetwork(call: EngineCall, network: string, members: readonly string[]): Promise<void> {
  for (const Container of members) {
    const path = `/networks/${encodeURIComponent(network)}/disconnect`
    await call.json({ method: 'POST', path, body: { Container, Force: true } }).catch(ignoreRefusal)
  }
  await call.json({ method: 'DELETE', path: `/networks/${encodeURIComponent(network)}` }).catch(ignoreRefusal)
}

function ignoreRefusal(error: unknown): void {
  if (!hasStatus(error, 403, 404, 409, 500)) throw error
}
