import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson, printLine, printTable } from './print.ts'
import { withConfig } from './with-config.ts'

/** `orrery db status` */
export const command = defineCommand({
  usage: '[--json]',
  doc: 'Shows where the database is and which steps of its schema it has.',
  examples: [{ line: 'orrery db status', doc: 'steps without a time are still to be done' }],
  flags: { ...configFlags, ...jsonFlag },
  words: [0, 0],
  run: ({ flags, host }) =>
    withConfig(host, flags, async (loaded) => {
      const { withDatabase } = await import('../boot/storage.ts')
      const { migrationStatus } = await import('../db/migrate.ts')
      const { dialect, file, migrations } = await withDatabase(loaded, async (database) => ({
        ...database,
        migrations: await migrationStatus(database),
      }))
      const upToDate = migrations.every(({ appliedAt }) => appliedAt !== null)
      if (flags.json) return printJson(host, { dialect, file, upToDate, migrations })
      printLine(
        host,
        `${dialect}${file === null ? '' : `, ${file}`}: ${upToDate ? 'up to date' : 'not up to date; run: orrery db migrate'}`,
      )
      return printTable(
        host,
        ['step', 'done'],
        migrations.map(({ name, appliedAt }) => [name, appliedAt ?? '-']),
      )
    }),
})
