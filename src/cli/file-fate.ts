import { fileFates, isFileFate } from '../core/left-files.ts'
import type { FileFate } from '../core/left-files.ts'
import { HubError } from '../core/errors.ts'

/** The flag that says what becomes of somebody's files. */
export const fateFlag = {
  files: {
    kind: 'value',
    placeholder: fileFates.join('|'),
    doc: 'What becomes of the files: they stay, go into an archive, or are deleted.',
  },
} as const

/** The word that was given for it; null when none was. Errors: bad_request. */
export function fateOf(text: string | undefined): FileFate | null {
  if (text === undefined) return null
  if (isFileFate(text)) return text
  throw new HubError('bad_request', { reason: `--files takes ${fileFates.join(', ')}, not ${text.slice(0, 64)}` })
}
