import { z } from 'zod'
import { defineOptions, opt, optional, pathText } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'

const names = z.array(z.string().min(1))

const patternText = z
  .string()
  .min(1)
  .refine((text) => isPattern(text), 'expected a regular expression')

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== ''
  } catch {
    return false
  }
}

/** Options that say who may sign in. */
export const accessOptions = defineOptions('access', 'Who may sign in, and who is an administrator.', {
  allowAll: opt(z.boolean(), false, 'Lets in everyone whom an authenticator knows.', { source: 'Authenticator.allow_all' }),
  allowExistingUsers: opt(
    z.boolean(),
    false,
    'Lets in everyone who has an account already. Accounts with a password of this hub come in with it anyway.',
    { source: 'Authenticator.allow_existing_users' },
  ),
  allowedUsers: opt(names, [], "Names that may sign in. 'google:ada' means who is called so at the authenticator google.", {
    source: 'Authenticator.allowed_users',
    example: ['ada', 'grace'],
  }),
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
  managedGroups: opt(
    z.array(z.string().min(1)),
    [],
    'Groups whose members an authenticator may decide although they exist already, have roles or are named in a scope.',
    { source: 'Authenticator.manage_groups', example: ['teachers'] },
  ),
  userNamePattern: optional(patternText, 'A regular expression that the whole name has to match.', {
    source: 'Authenticator.username_pattern',
    example: 's[0-9]{6}',
  }),
  userNameMap: opt(z.record(z.string(), z.string().min(1)), {}, 'Names at the authenticator, and what they are here.', {
    source: 'Authenticator.username_map',
    example: { 'ada@example.org': 'ada' },
  }),
})

/** Values of the section `access`. */
export type AccessOptions = SectionValues<typeof accessOptions>
