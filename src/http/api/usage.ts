import { wireTime } from '../../core/time.ts'
import type { KnownUsage } from '../../hub/usage.ts'
import { endpoint } from '../endpoint.ts'
import { existingServer } from '../facts.ts'
import { json } from '../reply.ts'
import { UsageModel } from '../schemas.ts'
import { serverForms, serverTarget } from './server-paths.ts'
import type { ServerForm } from './server-paths.ts'

/** How long a request waits for a measurement, milliseconds. */
const measureMs = 3_000

const nothing = { measured_at: null, cpu: null, memory: null, disk: null, memory_kill_at: null }

function usageModel(usage: KnownUsage) {
  if (usage === null || usage === 'soon') return nothing
  const { at, cores, cpuLimit, memoryBytes, memoryLimitBytes, disk, memoryKillAt } = usage
  return {
    measured_at: wireTime(at),
    cpu: { cores, limit: cpuLimit },
    memory: { bytes: memoryBytes, limit: memoryLimitBytes },
    disk: disk === null ? null : { bytes: disk.bytes, measured_at: wireTime(disk.at) },
    memory_kill_at: wireTime(memoryKillAt),
  }
}

const usage = (form: ServerForm) =>
  endpoint({
    ...form,
    path: `${form.path.replace('?', '')}/usage`,
    method: 'GET',
    summary: 'What a running server uses at this moment: processor, memory, files. Everything is null when there is nothing to measure.',
    scopes: ['read:servers'],
    resource: serverTarget,
    reply: { 200: UsageModel },
    errors: ['user_not_found', 'server_not_found'],
  }).handledBy(async ({ params, hub }) => {
    const { server } = await existingServer(hub.database.db, params)
    return json(200, usageModel(await hub.servers.usages.of(server, measureMs)))
  })

/** Usage of default and named servers. */
export const usageEndpoints = serverForms.map(usage)
