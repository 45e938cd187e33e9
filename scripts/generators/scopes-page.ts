import { builtinRoles } from '../../src/core/roles.ts'
import { scopeTable } from '../../src/core/scope-table.ts'
import { cell, code, pageHead, table } from './markdown.ts'

const intro = `
A scope is a permission. Tokens, users, groups and services hold scopes through roles; a request is allowed when its principal holds the scope of the
endpoint. A scope may be narrowed to one owner: \`read:users!user=alice\`, \`list:users!group=class-a\`, \`access:servers!server=alice/lab\`,
\`access:services!service=culler\`. \`!user\` alone means the owner of the token. What a token can do is what it was given *and* its owner may do.
`

/** Reference of every scope and of the built-in roles. */
export function scopesPage(): string {
  const scopes = Object.entries(scopeTable).map(([name, row]) => [code(name), cell(row.doc), row.subscopes.map(code).join(', ')])
  const roles = Object.values(builtinRoles).map((role) => [code(role.name), cell(role.description), role.scopes.map(code).join(', ')])
  return [
    pageHead('Scopes', 'src/core/scope-table.ts and src/core/roles.ts'),
    intro,
    table(['scope', 'what it allows', 'comes with'], scopes),
    '## Built-in roles\n',
    table(['role', 'for', 'scopes'], roles),
  ].join('\n')
}
