import { HubError } from './errors.ts'
import type { JsonObject } from './json.ts'
import type { LeftFiles } from './left-files.ts'
import { wireTime } from './time.ts'

/** Files that somebody has left, as programs see them. */
export function leftFilesModel({ userName, homeName, fate, state, askedAt, archive, archivedAt, found, failure }: LeftFiles): JsonObject {
  const error = failure === null ? null : new HubError(failure.code, failure.detail)
  return {
    kind: 'left_files',
    name: userName,
    home_name: homeName,
    files: fate,
    state,
    asked_at: wireTime(askedAt),
    archive,
    archived_at: wireTime(archivedAt),
    own: [...found.own],
    left_alone: found.leftAlone.map(({ name, why }) => ({ name, why })),
    failure: error === null ? null : { code: error.code, message: error.message, hint: error.hint, detail: error.detail },
  }
}
