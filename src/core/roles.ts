import { serverKey } from './scope-text.ts'

/** A named list of scopes. */
export type Role = { readonly name: string; readonly description: string; readonly scopes: readonly string[] }

/** The roles every installation has (rest-api §3.7). */
export const builtinRoles = {
  user: { name: 'user', description: 'What every user may do with what is their own', scopes: ['self'] },
  admin: {
    name: 'admin',
    description: 'Everything an administrator may do',
    scopes: [
      'admin-ui',
      'admin:users',
      'admin:servers',
      'admin:services',
      'tokens',
      'admin:groups',
      'list:services',
      'read:services',
      'read:hub',
      'proxy',
      'shutdown',
      'access:services',
      'access:servers',
      'read:roles',
      'read:metrics',
      'shares',
    ],
  },
  server: {
    name: 'server',
    description: 'What the own token of a server may do',
    scopes: ['users:activity!user', 'access:servers!server'],
  },
  token: { name: 'token', description: 'What a token may do that was made without naming scopes', scopes: ['inherit'] },
} as const satisfies Record<string, Role>

/** 3–255 of a-z, 0-9, `- _ ~ .`, a letter first, a letter or digit last. */
export const isRoleName = (text: string): boolean => /^[a-z][a-z0-9\-_~.]{1,253}[a-z0-9]$/.test(text)

/** Scope by which a server may be used: `access:servers!server=alice/`. */
export const serverAccessScope = (user: string, server: string): string => `access:servers!server=${serverKey(user, server)}`

/** Scope by which a service may be used. */
export const serviceAccessScope = (service: string): string => `access:services!service=${service}`

/** What the own API token of a server stores: the scopes of role `server`, with `!server` made concrete (rest-api §5.2). */
export function serverTokenScopes(user: string, server: string, template: readonly string[] = builtinRoles.server.scopes): string[] {
  const scopes = template.map((scope) => (scope.endsWith('!server') ? `${scope}=${serverKey(user, server)}` : scope))
  const hasActivity = scopes.some((scope) => scope.split('!')[0] === 'users:activity')
  return hasActivity ? scopes : [...scopes, 'users:activity!user']
}
