import { z } from 'zod'
import { defineOptions, opt, optional, pathText } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'

const names = z.array(z.string().min(1))

/** Options that say who may sign in. */
export const accessOptions = defineOptions('access', 'Who may sign in, and who is an administrator.', {
  allowAll: opt(z.boolean(), false, 'Lets in everyone whom an authenticator knows.', { source: 'Authenticator.allow_all' }),
  allowedUsers: opt(names, [], 'Names that may sign in.', { source: 'Authenticator.allowed_users', example: ['ada', 'grace'] }),
  adminUsers: opt(names, [], 'Names that are administrators. They may sign in too.', {
    source: 'Authenticator.admin_users',
    env: ['JUPYTERHUB_ADMIN'],
    example: ['alice'],
  }),
  blockedUsers: opt(names, [], 'Names that may not sign in, whatever else lets them in.', {
    source: 'Authenticator.blocked_users',
    example: ['mallory'],
  }),
  userlist: optional(
    pathText(),
    "File of names that may sign in: one a line, a second word 'admin' makes an administrator, '#' begins a comment. Read again when it changes.",
    { example: './userlist' },
  ),
})

/** Values of the section `access`. */
export type AccessOptions = SectionValues<typeof accessOptions>
