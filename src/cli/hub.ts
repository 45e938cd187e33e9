import { configFlags, defineCommand, placeFlags } from './command.ts'
import { withConfig } from './with-config.ts'

/** `orrery hub` */
export const command = defineCommand({
  usage: '[--config FILE] [--data-dir DIR] [--host A] [--port N]',
  doc: 'Runs the hub alone, until it is asked to end. Notebook servers go on running after it.',
  examples: [
    { line: 'orrery hub', doc: 'with the configuration found here' },
    { line: 'orrery hub --config /etc/orrery/orrery.config.yaml', doc: 'in a container or a unit of its own' },
  ],
  flags: { ...configFlags, ...placeFlags },
  words: [0, 0],
  run: ({ flags, host }) =>
    withConfig(host, flags, async (loaded) => {
      const { runHub } = await import('../boot/hub.ts')
      return runHub(host, loaded)
    }),
})
