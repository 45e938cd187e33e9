import type { JsonObject } from './json.ts'
import type { LeftFiles } from './left-files.ts'
import { failureModel } from './server-model.ts'
import { wireTime } from './time.ts'

/** Files that somebody has left, as programs see them. */
export function leftFilesModel({ userName, homeName, fate, state, askedAt, archive, archivedAt, found, failure }: LeftFiles): JsonObject {
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
    failure: failure === null ? null : failureModel(failure),
  }
}
