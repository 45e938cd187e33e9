import { listUsers } from '../db/users.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson, printTable } from './print.ts'

/** `orrery user list` */
export const command = defineCommand({
  usage: '[--json]',
  doc: 'Lists accounts by name.',
  examples: [
    { line: 'orrery user list', doc: 'everybody' },
    { line: 'orrery user list --json', doc: 'for programs' },
  ],
  flags: { ...configFlags, ...jsonFlag },
  words: [0, 0],
  run: ({ flags, host }) =>
    administering(host, flags, async ({ database }) => {
      const { items } = await listUsers(database.db, { sort: 'name' })
      const people = items.map(({ name, admin, status, createdAt, lastActivityAt }) => ({ name, admin, status, createdAt, lastActivityAt }))
      if (flags.json) return printJson(host, people)
      const rows = people.map((one) => [one.name, one.admin ? 'admin' : 'user', one.status, one.createdAt, one.lastActivityAt ?? '-'])
      return printTable(host, ['name', 'role', 'status', 'made', 'last active'], rows)
    }),
})
