import { configFlags, defineCommand } from './command.ts'
import { withConfig } from './with-config.ts'

/** `orrery health` */
export const command = defineCommand({
  usage: '[hub|proxy|engine-guard] [--config FILE] [--data-dir DIR]',
  doc: 'Asks a part of this installation on this machine whether it is well. Without a word: the part that process 1 is, as in a container, else hub and proxy.',
  examples: [
    { line: 'orrery health', doc: 'exit code 0: it answers, 1: it does not' },
    { line: 'orrery health proxy', doc: 'the proxy alone' },
  ],
  flags: configFlags,
  words: [0, 1],
  run: ({ flags, words, host }) =>
    withConfig(host, flags, async (loaded) => {
      const { ailments } = await import('../boot/health.ts')
      const found = await ailments(loaded, words[0] ?? null)
      for (const sentence of found) host.stderr.write(`${sentence}\n`)
      return found.length === 0 ? 0 : 1
    }),
})
