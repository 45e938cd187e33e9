import { resolve } from 'node:path'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson } from './print.ts'
import { countsIn } from './row-counts.ts'
import { withConfig } from './with-config.ts'

/** `orrery backup` */
export const command = defineCommand({
  usage: 'FILE [--force] [--json]',
  doc: 'Writes the database and the secrets of the data directory into one file that only you may read. The hub may run meanwhile. Home folders and the configuration are not in it.',
  examples: [
    { line: 'orrery backup monday.orrery', doc: 'also from cron, with the same --config and --data-dir as the hub' },
    { line: 'orrery backup latest.orrery --force', doc: 'replaces the one before once the new one is whole' },
  ],
  flags: { ...configFlags, ...jsonFlag, force: { kind: 'switch', doc: 'Replaces a file of that name.' } },
  words: [1, 1],
  run: ({ flags, words: [name = ''], host }) =>
    withConfig(host, flags, async (loaded) => {
      const { makeBackup } = await import('../boot/backup.ts')
      const path = resolve(host.cwd, name)
      const { madeAt, rows, secrets } = await makeBackup(loaded, { path, replace: flags.force, version: host.version })
      if (flags.json) return printJson(host, { file: path, madeAt, rows, secrets })
      host.stdout.write(
        `Wrote ${path}: ${countsIn(rows)}, ${secrets.length} secrets. Whoever has this file can sign in as anybody: keep it safe.\n` +
          'Not in it: home folders, the configuration, and secrets that you keep elsewhere.\n',
      )
      return 0
    }),
})
