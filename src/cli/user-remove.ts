import type { LeftFiles } from '../core/left-files.ts'
import { userNamed } from '../boot/administration.ts'
import { hubActor } from '../hub/actor.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand } from './command.ts'
import { fateFlag, fateOf } from './file-fate.ts'
import { printLine } from './print.ts'

/** `orrery user remove` */
export const command = defineCommand({
  usage: 'NAME [--files keep|archive|delete]',
  doc: 'Removes an account with its tokens and sessions. Its servers must be stopped. Its files stay unless --files says otherwise; the hub archives or deletes them as soon as it runs.',
  examples: [
    { line: 'orrery user remove ada', doc: 'the files of ada stay where they are' },
    { line: 'orrery user remove ada --files archive', doc: 'they go into a file below hub.archiveDir' },
    { line: 'orrery user remove ada --files delete', doc: 'they are gone for good' },
  ],
  flags: { ...configFlags, ...fateFlag },
  words: [1, 1],
  run: ({ flags, words: [name = ''], host }) =>
    administering(host, flags, async (tools) => {
      const fate = fateOf(flags.files) ?? 'keep'
      const user = await userNamed(tools, name)
      const left = await tools.accounts.remove(user.id, hubActor, fate)
      return printLine(host, `Removed ${user.name}. ${left === null ? '' : whatFollows(left)}`.trim())
    }),
})

/** What happens to the files now, in one sentence. */
export function whatFollows({ fate, archive }: Pick<LeftFiles, 'fate' | 'archive'>): string {
  if (fate === 'keep') return 'The files stay; `orrery user files` says where.'
  const deed = fate === 'archive' ? `puts the files into ${archive ?? 'an archive'} and then deletes them` : 'deletes the files'
  return `The hub ${deed}, at once or when it runs again; \`orrery user files\` says how far it is.`
}
