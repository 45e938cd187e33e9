import { z } from 'zod'
import { endpoint } from '../endpoint.ts'
import { json } from '../reply.ts'
import { wireVersion } from '../versions.ts'

const Kind = z.object({ class: z.string(), version: z.string() })

/** What this hub is made of. */
export const info = endpoint({
  method: 'GET',
  path: '/info',
  summary: 'Versions of the hub and its parts.',
  scopes: ['read:hub'],
  reply: { 200: z.object({ version: z.string(), python: z.string(), sys_executable: z.string(), authenticator: Kind, spawner: Kind }) },
}).handledBy(({ hub }) => {
  const { authenticator, spawner } = hub.about
  // Clients know these two names; here they tell the runtime that does the same work.
  const runtime = { python: `Node.js ${process.versions.node}`, sys_executable: process.execPath }
  return json(200, { version: wireVersion, ...runtime, authenticator: { ...authenticator }, spawner: { ...spawner } })
})
