import { withConfig } from './with-config.ts'
import type { Administration } from '../boot/administration.ts'
import type { Host } from '../boot/host.ts'
import type { LoadedConfig } from '../boot/load-config.ts'
import type { ExitCode } from './command.ts'
import type { ConfigChoice } from './with-config.ts'

/** Loads the configuration and works on the database of the installation. What goes wrong is thrown. */
export const administering = (
  host: Host,
  choice: ConfigChoice,
  work: (tools: Administration, loaded: LoadedConfig) => Promise<ExitCode>,
): Promise<ExitCode> =>
  withConfig(host, choice, async (loaded) => {
    const { administer } = await import('../boot/administration.ts')
    return administer(loaded, (tools) => work(tools, loaded))
  })
