import { configFlags, defineCommand } from './command.ts'
import { withConfig } from './with-config.ts'

/** `orrery engine-guard` */
export const command = defineCommand({
  usage: '[--config FILE] [--data-dir DIR]',
  doc: 'Stands before the socket of a container engine until it is asked to end. It lets through what the docker spawner does with this configuration; everything else is refused and logged. The hub uses its socket as spawner.engineUrl and needs no access to the engine itself.',
  examples: [{ line: 'orrery engine-guard', doc: 'on the socket that guard.listen names' }],
  flags: configFlags,
  words: [0, 0],
  run: ({ flags, host }) =>
    withConfig(host, flags, async (loaded) => {
      const { runEngineGuard } = await import('../boot/engine-guard.ts')
      return runEngineGuard(host, loaded)
    }),
})
