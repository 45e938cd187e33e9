import { HubError } from '../core/errors.ts'
import { leftFilesModel } from '../core/left-files-model.ts'
import { placeOf } from '../core/left-files.ts'
import type { LeftFiles } from '../core/left-files.ts'
import { listLeftFiles } from '../db/left-files.ts'
import { hubActor } from '../hub/actor.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { fateFlag, fateOf } from './file-fate.ts'
import { printJson, printLine, printTable } from './print.ts'
import { whatFollows } from './user-remove.ts'

/** `orrery user files` */
export const command = defineCommand({
  usage: '[NAME --files keep|archive|delete] [--json]',
  doc: 'Lists the files of people who were removed, or decides anew what becomes of them.',
  examples: [
    { line: 'orrery user files', doc: 'where they are, and how far the hub is with them' },
    { line: 'orrery user files ada --files archive', doc: 'those that ada has left go into an archive' },
    { line: 'orrery user files ada/2 --files delete', doc: 'those of the second person of that name are deleted' },
  ],
  flags: { ...configFlags, ...fateFlag, ...jsonFlag },
  words: [0, 1],
  run: ({ flags, words: [name], host }) =>
    administering(host, flags, async ({ accounts, database }) => {
      const fate = fateOf(flags.files)
      if ((name === undefined) !== (fate === null)) throw new HubError('bad_request', { reason: 'a name and --files go together' })
      if (name !== undefined && fate !== null) {
        const left = await accounts.decideFiles(name, fate, hubActor)
        return flags.json ? printJson(host, leftFilesModel(left)) : printLine(host, whatFollows(left))
      }
      const all = await listLeftFiles(database.db, ['waiting', 'kept', 'done'])
      if (flags.json) return printJson(host, all.map(leftFilesModel))
      return printTable(host, ['name', 'place', 'removed', 'files', 'where'], all.map(rowOf))
    }),
})

const rowOf = (left: LeftFiles): readonly string[] => [left.userName, placeOf(left), left.askedAt, wordOf(left), whereOf(left)]

function wordOf({ state, fate, failure, archive }: LeftFiles): string {
  if (state === 'kept') return 'kept'
  if (state === 'done') return archive === null ? 'gone' : 'archived'
  if (failure !== null) return `${fate}: failed, tried again`
  return `${fate}: waiting`
}

function whereOf({ failure, archive, state, found }: LeftFiles): string {
  if (failure !== null) return new HubError(failure.code, failure.detail).message
  if (state === 'done') return archive ?? '-'
  return [...found.own, ...found.leftAlone.map(({ name }) => name)].join(', ') || (archive ?? '-')
}
