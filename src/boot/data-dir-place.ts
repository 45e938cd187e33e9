import { isAbsolute, resolve } from 'node:path'
import type { ConfigProblem } from './config-problem.ts'
import { environmentText } from './environment.ts'

/** Where everything of an installation is kept when nobody says otherwise, below the current folder. */
export const defaultDataDir = 'orrery-data'

/** What container set-ups of JupyterHub call the place at which the volume with the data of the hub is mounted in its container: `/data`. */
const volumeVariable = 'DATA_VOLUME_CONTAINER'

type Env = Readonly<Record<string, string | undefined>>

/** Absolute path of the data directory: `--data-dir`, else `ORRERY_DATA_DIR`, else `DATA_VOLUME_CONTAINER`, else `orrery-data` here. */
export function dataDirPlace(given: string | undefined, { env, cwd }: { readonly env: Env; readonly cwd: string }): string {
  return resolve(cwd, given ?? environmentText(env, 'ORRERY_DATA_DIR') ?? volumeMount(env) ?? defaultDataDir)
}

function volumeMount(env: Env): string | null {
  const text = environmentText(env, volumeVariable)
  return text !== null && isAbsolute(text) ? text : null
}

/** A place of the volume that is no path, and that nothing else makes up for. */
export function volumeProblems(given: string | undefined, env: Env): readonly ConfigProblem[] {
  const text = environmentText(env, volumeVariable)
  if (text === null || isAbsolute(text) || given !== undefined || environmentText(env, 'ORRERY_DATA_DIR') !== null) return []
  return [
    {
      option: volumeVariable,
      origin: { kind: 'env', name: volumeVariable },
      what: `${text.slice(0, 64)} is no path from the root: it has to be the place in the container of the hub at which its data volume is mounted`,
      fix: 'Set it to that place, such as /data, or unset it and set ORRERY_DATA_DIR.',
    },
  ]
}
