import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson, printLine } from './print.ts'
import { withConfig } from './with-config.ts'

/** `orrery db migrate` */
export const command = defineCommand({
  usage: '[--json]',
  doc: 'Brings the database up to date. The hub does the same when it starts.',
  examples: [{ line: 'orrery db migrate', doc: 'before the hub is started anew' }],
  flags: { ...configFlags, ...jsonFlag },
  words: [0, 0],
  run: ({ flags, host }) =>
    withConfig(host, flags, async (loaded) => {
      const { withDatabase } = await import('../boot/storage.ts')
      const { migrate } = await import('../db/migrate.ts')
      const { applied } = await withDatabase(loaded, migrate)
      if (flags.json) return printJson(host, { applied })
      return printLine(host, applied.length === 0 ? 'The database is up to date.' : `Done: ${applied.join(', ')}.`)
    }),
})
