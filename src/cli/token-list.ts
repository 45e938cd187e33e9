import { userNamed } from '../boot/administration.ts'
import { listUsers } from '../db/users.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson, printTable } from './print.ts'

/** `orrery token list` */
export const command = defineCommand({
  usage: '[USER] [--json]',
  doc: 'Lists API tokens of a user, or of everybody. The tokens themselves are not kept and cannot be shown.',
  examples: [
    { line: 'orrery token list ada', doc: 'those of ada' },
    { line: 'orrery token list --json', doc: 'all of them, for programs' },
  ],
  flags: { ...configFlags, ...jsonFlag },
  words: [0, 1],
  run: ({ flags, words: [name], host }) =>
    administering(host, flags, async (tools) => {
      const users = name === undefined ? (await listUsers(tools.database.db, { sort: 'name' })).items : [await userNamed(tools, name)]
      const lists = await Promise.all(
        users.map(async (user) => (await tools.tokens.list(user.id)).map((token) => ({ user: user.name, ...token }))),
      )
      const tokens = lists.flat().map(({ id, user, note, scopes, createdAt, lastActivityAt, expiresAt }) => ({
        id,
        user,
        note,
        scopes,
        createdAt,
        lastActivityAt,
        expiresAt,
      }))
      if (flags.json) return printJson(host, tokens)
      const rows = tokens.map((one) => [
        `${one.id}`,
        one.user,
        one.note,
        one.scopes.join(' '),
        one.expiresAt ?? 'never',
        one.lastActivityAt ?? '-',
      ])
      return printTable(host, ['id', 'user', 'note', 'scopes', 'ends', 'last used'], rows)
    }),
})
