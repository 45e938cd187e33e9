import { resolve } from 'node:path'

/** Where everything of an installation is kept when nobody says otherwise, below the current folder. */
export const defaultDataDir = 'orrery-data'

/** Absolute path of the data directory: `--data-dir`, else `ORRERY_DATA_DIR`, else `orrery-data` here. */
export function dataDirPlace(
  given: string | undefined,
  around: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): string {
  const variable = around.env['ORRERY_DATA_DIR']
  return resolve(around.cwd, given ?? (variable === undefined || variable === '' ? defaultDataDir : variable))
}
