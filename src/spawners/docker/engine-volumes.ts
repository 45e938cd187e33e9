import { z } from 'zod'
import { orAbsent, type EngineCall } from './engine-call.ts'

const volumeShape = z.object({
  Name: z.string(),
  Driver: z.string(),
  Mountpoint: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
})

/** What the engine says of one volume. */
export type Volume = z.output<typeof volumeShape>

const path = (name: string): string => `/volumes/${encodeURIComponent(name)}`

/** The volume of that name; null when there is none. */
export async function inspectVolume(call: EngineCall, name: string): Promise<Volume | null> {
  const found = await orAbsent(call.json({ method: 'GET', path: path(name) }))
  return found === null ? null : volumeShape.parse(found)
}

/** Names of all volumes that have every one of the labels. */
export async function volumesWith(call: EngineCall, labels: readonly string[]): Promise<readonly string[]> {
  const shape = z.object({ Volumes: z.array(volumeShape).nullish() })
  const found = shape.parse(await call.json({ method: 'GET', path: '/volumes', query: { filters: { label: labels } } }))
  return (found.Volumes ?? []).map(({ Name }) => Name)
}

/** Makes a named volume; one of that name that is there stays as it is. */
export async function createVolume(call: EngineCall, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  await call.json({ method: 'POST', path: '/volumes/create', body: { Name: name, Labels: labels } })
}

/** Removes a volume; one that is gone is fine. Refused with 409 while a container uses it. */
export async function removeVolume(call: EngineCall, name: string): Promise<void> {
  await orAbsent(call.json({ method: 'DELETE', path: path(name) }))
}
