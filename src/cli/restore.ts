import { resolve } from 'node:path'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson } from './print.ts'
import { countsIn } from './row-counts.ts'
import { withConfig } from './with-config.ts'
import type { RestoreReport } from '../boot/restore.ts'

/** `orrery restore` */
export const command = defineCommand({
  usage: 'FILE [--force] [--sign-out] [--json]',
  doc: 'Puts back what orrery backup has written, into SQLite or PostgreSQL, whichever the configuration names. The hub has to be stopped. The file is read and checked to its end before anything is replaced.',
  examples: [
    { line: 'orrery restore monday.orrery', doc: 'into a new data directory' },
    { line: 'orrery restore monday.orrery --force', doc: 'in the place of what is there, which is kept aside' },
  ],
  flags: {
    ...configFlags,
    ...jsonFlag,
    force: { kind: 'switch', doc: 'Replaces the database and the secrets that are there. They are kept aside.' },
    'sign-out': { kind: 'switch', doc: 'Everybody has to sign in again. API tokens stay.' },
  },
  words: [1, 1],
  run: ({ flags, words: [name = ''], host }) =>
    withConfig(host, flags, async (loaded) => {
      const { restoreBackup } = await import('../boot/restore.ts')
      const wish = { path: resolve(host.cwd, name), force: flags.force, signOut: flags['sign-out'] }
      const report = await restoreBackup(loaded, wish)
      if (flags.json) return printJson(host, report)
      host.stdout.write(`${asText(report).join('\n')}\n`)
      return 0
    }),
})

function asText({ madeAt, rows, aside, forgotten }: RestoreReport): readonly string[] {
  const later =
    forgotten === null
      ? 'What was revoked after the backup was made is valid again: look through tokens and blocked people.'
      : `Stay ended, as they were after the backup: ${forgotten.tokens} tokens, ${forgotten.sessions} sessions, ${forgotten.invitations} invitations; ${forgotten.blocked} people stay blocked.`
  return [
    `Restored the state of ${madeAt}: ${countsIn(rows)}.`,
    ...(aside === null ? [] : [`What was there before is in ${aside}.`]),
    later,
    'Passwords are those of then. Home folders were not touched.',
  ]
}
