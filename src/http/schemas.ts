import { z } from 'zod'
import type { Json } from '../core/json.ts'
import { fileFates } from '../core/left-files.ts'
import { parseUserName } from '../core/names.ts'

/** Timestamps of the wire: UTC, `2026-01-02T03:04:05.678000Z`, the fraction left out when zero. */
const Time = z.string().meta({ format: 'date-time', examples: ['2026-01-02T03:04:05.678000Z'] })
const JsonValue: z.ZodType<Json> = z.json().meta({ id: 'Json' })
/** Any JSON object. */
export const JsonObjectSchema = z.record(z.string(), JsonValue)

/** A name in a path, normalised when it can be a user name at all. What cannot be one names nobody. */
export const pathUser = z.string().transform((raw) => {
  const parsed = parseUserName(raw)
  return parsed.ok ? parsed.name : raw
})

/** Paths below `/users/:user`. */
export const UserPath = z.object({ user: pathUser.describe('Name of the user.') })
/** Paths below `/users/:user/servers/:server`. */
export const ServerPath = z.object({
  user: pathUser.describe('Name of the user.'),
  server: z.string().describe('Name of the server; empty for the default server.'),
})
/** Paths below `/groups/:group`. */
export const GroupPath = z.object({
  group: z
    .string()
    .transform((raw) => raw.normalize('NFC'))
    .describe('Name of the group.'),
})

/** A server as clients see it. */
export const ServerModel = z
  .object({
    name: z.string().describe('Empty for the default server.'),
    display_name: z.string(),
    full_name: z.string().describe('user/server; the default server of alice is `alice/`.'),
    last_activity: Time.nullable(),
    started: Time.nullable(),
    pending: z.enum(['spawn', 'stop']).nullable(),
    ready: z.boolean(),
    stopped: z.boolean(),
    url: z.string(),
    user_options: JsonObjectSchema.nullable(),
    progress_url: z.string(),
    full_url: z.string().nullable(),
    full_progress_url: z.string().nullable(),
    phase: z.string().optional().describe('While it starts: the step it is at.'),
    failure: z
      .object({ code: z.string(), message: z.string(), hint: z.string(), detail: JsonObjectSchema })
      .optional()
      .describe('Why the last start failed.'),
    trouble: z
      .object({ code: z.string(), message: z.string(), hint: z.string(), detail: JsonObjectSchema, since: Time })
      .optional()
      .describe('While it is being stopped: what stands in the way, and since when. It is tried again all the time.'),
    state: JsonObjectSchema.nullable().optional().describe('The note of the spawner. Needs admin:server_state.'),
  })
  .meta({ id: 'Server' })

/** What became of the files of somebody who was removed. */
export const LeftFilesModel = z
  .object({
    kind: z.literal('left_files'),
    name: z.string().describe('Name of the account when it was removed.'),
    home_name: z.string().describe('Name under which the files are kept.'),
    files: z.enum(fileFates).describe('What was asked for.'),
    state: z.enum(['waiting', 'kept', 'done']).describe('`waiting`: it goes on; `kept`: they are where they were; `done`: they are gone.'),
    asked_at: Time,
    archive: z.string().nullable().describe('Path of the archive on the machine of the hub.'),
    archived_at: Time.nullable(),
    own: z.array(z.string()).describe('Volumes or folders of this person alone that are there.'),
    left_alone: z
      .array(z.object({ name: z.string(), why: z.enum(['shared', 'outside', 'account', 'in_use']) }))
      .describe('What is never touched: used by others, not made by the hub, the home of an account of the machine, or in use.'),
    failure: z
      .object({ code: z.string(), message: z.string(), hint: z.string(), detail: JsonObjectSchema })
      .nullable()
      .describe('Why the last try failed. It is tried again.'),
  })
  .meta({ id: 'LeftFiles' })
/** What a server uses. Null: not known, or nothing to measure. */
export const UsageModel = z
  .object({
    measured_at: Time.nullable(),
    cpu: z
      .object({
        cores: z.number().nullable().describe('Cores in use; null after the first measurement only.'),
        limit: z.number().nullable().describe('Cores that it may use; null: all of the machine.'),
      })
      .nullable(),
    memory: z
      .object({
        bytes: z.number().describe('Without files that are only kept in memory to read them faster.'),
        limit: z.number().nullable().describe('Bytes that it may use; null: all of the machine.'),
      })
      .nullable(),
    disk: z
      .object({ bytes: z.number().describe('Size of the volumes of its owner.'), measured_at: Time.nullable() })
      .nullable()
      .describe('Counted now and then; null where counting would take long.'),
    memory_kill_at: Time.nullable().describe('When a program in it was ended because it asked for more memory than there is.'),
  })
  .meta({ id: 'Usage' })

/** A user as clients see it. Fields that the caller may not see are left out. */
export const UserModel = z
  .object({
    kind: z.literal('user'),
    name: z.string(),
    user_info: JsonObjectSchema.nullable().optional(),
    admin: z.boolean().optional(),
    roles: z.array(z.string()).optional(),
    groups: z.array(z.string()).optional(),
    server: z.string().nullable().optional().describe('Address of the default server when it is ready.'),
    pending: z.enum(['spawn', 'stop']).nullable().optional(),
    created: Time.optional(),
    last_activity: Time.nullable().optional(),
    servers: z.record(z.string(), ServerModel).optional(),
    auth_state: JsonObjectSchema.nullable().optional(),
  })
  .meta({ id: 'User' })

/** A service as clients see it. Fields that the caller may not see are left out. */
export const ServiceModel = z
  .object({
    kind: z.literal('service'),
    name: z.string(),
    admin: z.boolean().optional(),
    roles: z.array(z.string()).optional(),
    url: z.string().optional().describe('Where the hub reaches it; empty without an address of its own.'),
    prefix: z.string().optional(),
    command: z.array(z.string()).optional(),
    pid: z.int().optional().describe('0 when the hub does not run it.'),
    info: JsonObjectSchema.optional(),
    display: z.boolean().optional(),
  })
  .meta({ id: 'Service' })

/** Who the caller is. */
export const IdentityModel = z
  .object({
    ...ServiceModel.shape,
    ...UserModel.shape,
    kind: z.enum(['user', 'service']),
    token_id: z.string().nullable(),
    session_id: z.string().nullable(),
    scopes: z.array(z.string()),
  })
  .meta({ id: 'Identity' })

/** A token without its secret. */
export const TokenModel = z
  .object({
    user: z.string().optional(),
    service: z.string().optional(),
    id: z.string().meta({ examples: ['a17'] }),
    kind: z.literal('api_token'),
    roles: z.array(z.string()).describe('Always empty; see scopes.'),
    scopes: z.array(z.string()),
    created: Time,
    last_activity: Time.nullable(),
    expires_at: Time.nullable(),
    note: z.string(),
    session_id: z.string().nullable(),
    oauth_client: z.string(),
  })
  .meta({ id: 'Token' })

/** A new token; the only time its secret is shown. */
export const NewTokenModel = z.object({ ...TokenModel.shape, token: z.string() }).meta({ id: 'NewToken' })

/** A group. Fields that the caller may not see are left out. */
export const GroupModel = z
  .object({
    kind: z.literal('group'),
    name: z.string(),
    users: z.array(z.string()).optional(),
    properties: JsonObjectSchema.optional(),
    roles: z.array(z.string()).optional(),
  })
  .meta({ id: 'Group' })

/** Every error reply. Match `code`, never the text. */
export const ProblemModel = z
  .object({
    status: z.int(),
    message: z.string(),
    code: z.string(),
    hint: z.string(),
    detail: JsonObjectSchema,
  })
  .meta({ id: 'Problem' })

/** A page of a list, sent when the request accepts `application/jupyterhub-pagination+json`; otherwise the bare list. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.union([
    z.array(item),
    z.object({
      items: z.array(item),
      _pagination: z.object({
        offset: z.int(),
        limit: z.int(),
        total: z.int(),
        next: z.object({ offset: z.int(), limit: z.int(), url: z.string() }).nullable(),
      }),
    }),
  ])
