import { z } from 'zod'
import { isKnownScope } from '../core/scope-text.ts'
import { defineOptions, opt, required } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'

const roleName = z
  .string()
  .regex(/^[a-z][a-z0-9\-_~.]{1,253}[a-z0-9]$/, 'expected 3 to 255 small letters, digits, and - _ ~ . that begin with a letter')
const scope = z.string().refine(isKnownScope, { error: (issue) => `there is no scope ${JSON.stringify(issue.input)}` })

/** Options of one entry of `roles`: a named set of scopes and who has it. */
export const roleOptions = defineOptions('roles', 'Named sets of scopes, and who has them.', {
  name: required(roleName, "What it is called. 'user', 'admin', 'server' and 'token' change the built-in ones.", { example: 'culler' }),
  description: opt(z.string(), '', 'What it is for.'),
  scopes: opt(z.array(scope), [], 'What it allows.', { example: ['list:users', 'read:users:activity', 'read:servers', 'delete:servers'] }),
  users: opt(z.array(z.string()), [], 'People who have it.', { example: ['ada'] }),
  groups: opt(z.array(z.string()), [], 'Groups whose members have it.', { example: ['teachers'] }),
  services: opt(z.array(z.string()), [], 'Services that have it.', { example: ['culler'] }),
})

/** Values of one entry of `roles`. */
export type RoleOptions = SectionValues<typeof roleOptions>
