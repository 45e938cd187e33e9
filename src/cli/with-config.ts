import { formatProblems } from '../boot/config-problem.ts'
import { loadConfig } from '../boot/load-config.ts'
import { tellFailure } from '../boot/serve-until-stopped.ts'
import type { Host } from '../boot/host.ts'
import type { LoadedConfig } from '../boot/load-config.ts'
import type { ExitCode } from './command.ts'

/** Flags that say which configuration is meant. */
export type ConfigChoice = {
  readonly config: string | undefined
  readonly 'data-dir': string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
}

/** Loads the configuration and goes on with it; exit code 2 and all problems on standard error when it is wrong. */
export async function withConfig(host: Host, choice: ConfigChoice, work: (loaded: LoadedConfig) => Promise<ExitCode>): Promise<ExitCode> {
  const flags = { config: choice.config, dataDir: choice['data-dir'], host: choice.host, port: choice.port }
  const loaded = await loadConfig(flags, { env: host.env, cwd: host.cwd })
  if (loaded.ok) return work(loaded)
  tellFailure(host, formatProblems(loaded.problems), 2)
  return 2
}
