import type { z } from 'zod'
import type { Target } from '../resource.ts'
import { ServerPath, UserPath } from '../schemas.ts'

/** The server that a path names. */
export type ServerAddress = { readonly user: string; readonly server: string }

/** Both ways to name a server in a path. */
export type ServerForm = { readonly path: string; readonly params: z.ZodType<ServerAddress> }

/** `/users/alice/server` is the default server, `/users/alice/servers/lab` a named one; with an empty name it is the default one again. */
export const serverForms: readonly ServerForm[] = [
  { path: '/users/:user/server', params: UserPath.transform(({ user }) => ({ user, server: '' })) },
  { path: '/users/:user/servers/:server?', params: ServerPath },
]

/** What scopes are checked for. */
export const serverTarget = ({ user, server }: ServerAddress): Target => ({ kind: 'server', user, server })
