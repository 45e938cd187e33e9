import { z } from 'zod'
import type { Ms } from '../../core/time.ts'
import { endpoint } from '../endpoint.ts'
import { existingUser } from '../facts.ts'
import { empty } from '../reply.ts'
import { UserPath } from '../schemas.ts'

const shape = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/i

/** Milliseconds of an ISO 8601 text with any offset, or none (UTC). Null when it is not one. */
export function readTime(text: string): Ms | null {
  const [, day, time = '00:00', zone = 'Z'] = shape.exec(text.trim()) ?? []
  if (day === undefined) return null
  const [clock = '', fraction = ''] = time.split('.')
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : zone.replace(/^(.\d{2}):?(\d{2})$/, '$1:$2')
  const at = Date.parse(`${day}T${clock}${fraction === '' ? '' : `.${fraction.slice(0, 3)}`}${offset}`)
  return Number.isNaN(at) || at < 0 ? null : at
}

const Time = z.string().transform((text, context) => {
  const at = readTime(text)
  if (at !== null) return at
  context.addIssue({ code: 'custom', message: 'expected a time such as 2026-01-02T03:04:05Z' })
  return z.NEVER
})

const ActivityBody = z
  .object({
    last_activity: Time.nullish(),
    servers: z.record(z.string(), z.object({ last_activity: Time })).nullish(),
  })
  .refine(
    (body) => (body.last_activity ?? null) !== null || Object.keys(body.servers ?? {}).length > 0,
    'expected last_activity or servers',
  )

/** Notebook servers report here that somebody uses them, every few minutes and once at their start. */
export const activity = endpoint({
  method: 'POST',
  path: '/users/:user/activity',
  summary: 'Reports activity of a user and their servers; older times than the known ones change nothing.',
  scopes: ['users:activity'],
  resource: ({ user }) => ({ kind: 'user', name: user }),
  params: UserPath,
  body: ActivityBody,
  reply: { 200: null },
  errors: ['user_not_found'],
}).handledBy(async ({ params, body, hub }) => {
  const user = await existingUser(hub.database.db, params.user)
  const servers = Object.entries(body.servers ?? {}).map(([name, { last_activity }]) => [name, last_activity] as const)
  await hub.noteActivity({ user, at: body.last_activity ?? null, servers: new Map(servers) })
  return empty(200, { 'Content-Type': 'application/json' })
})
