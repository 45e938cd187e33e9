import { dataDirPlace, volumeProblems } from './data-dir-place.ts'
import { readConfigFile } from './config-file.ts'
import { environmentText } from './environment.ts'
import { crossChecks } from './cross-checks.ts'
import { deepFreeze } from './given-values.ts'
import { loadSections } from './load-sections.ts'
import { unknownVariables } from './known-variables.ts'
import type { ConfigProblem, Origin } from './config-problem.ts'
import type { ConfigFlags } from './flagged-bind-url.ts'
import type { Surroundings } from './given-values.ts'
import type { Config } from './sections.ts'

/** A configuration that is right. */
export type LoadedConfig = {
  /** Frozen all the way down. */
  readonly config: Config
  /** Absolute path of the file; null when there is none. */
  readonly file: string | null
  /** Absolute path of the data directory. It need not exist yet. */
  readonly dataDir: string
  /** Where each value came from, by option: `hub.baseUrl`, `authenticators[0].kind`. */
  readonly origins: ReadonlyMap<string, Origin>
  /** Switches that make the hub less safe, one sentence each. */
  readonly warnings: readonly string[]
}

/** The whole configuration, or every problem of it. */
export type LoadResult = ({ readonly ok: true } & LoadedConfig) | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Reads file, environment and flags. Environment beats file, flags beat environment. Every problem found is in the answer. */
export async function loadConfig(flags: ConfigFlags, around: Surroundings): Promise<LoadResult> {
  const { env, cwd } = around
  const dataDir = dataDirPlace(flags.dataDir, around)
  const read = await readConfigFile({ given: givenFile(flags, env), cwd, folders: [cwd, dataDir] })
  if (!read.ok) return { ok: false, problems: [read.problem] }
  const loaded = await loadSections(read.file, flags, around)
  const { config } = loaded
  const single = [...loaded.problems, ...unknownVariables(env), ...volumeProblems(flags.dataDir, env)]
  const { problems: joint, warnings } = config === null ? nothingFound : await crossChecks(config, loaded.origins)
  const problems = [...single, ...joint.filter((problem) => !follows(problem, single))]
  if (config === null || problems.length > 0) return { ok: false, problems }
  return {
    ok: true,
    config: deepFreeze(withPublicUrl(config)),
    file: read.file?.path ?? null,
    dataDir,
    origins: loaded.origins,
    warnings,
  }
}

/** With a host for everybody below that of the hub, the address of the hub is known. */
function withPublicUrl(config: Config): Config {
  const { subdomainHost, publicUrl, baseUrl } = config.hub
  if (subdomainHost === undefined || publicUrl !== undefined) return config
  return { ...config, hub: { ...config.hub, publicUrl: `${subdomainHost}${baseUrl}` } }
}

const nothingFound = { problems: [], warnings: [] }

/** A problem of several options, one of which is wrong by itself, may vanish with that. */
function follows(joint: ConfigProblem, single: readonly ConfigProblem[]): boolean {
  const text = [joint.option, joint.what, joint.fix].join(' ')
  return single.some(({ option }) => text.includes(option))
}

function givenFile(flags: ConfigFlags, env: Surroundings['env']): { readonly path: string; readonly by: string } | null {
  if (flags.config !== undefined) return { path: flags.config, by: '--config' }
  const path = environmentText(env, 'ORRERY_CONFIG')
  return path === null ? null : { path, by: 'ORRERY_CONFIG' }
}
