import { configFlags, defineCommand, placeFlags } from './command.ts'
import { parseFlags } from './parse-flags.ts'
import { withConfig } from './with-config.ts'
import type { RawCommand } from './command.ts'

const help = `Usage: orrery proxy [--config FILE] [--data-dir DIR]
       orrery proxy FLAGS OF configurable-http-proxy

Runs the proxy alone, until it is asked to end. With any other flag it is configurable-http-proxy: it takes the flags, the environment
and the control API of that program, and no configuration file.

Flags:
  --config FILE    ${configFlags.config.doc}
  --data-dir DIR   ${configFlags['data-dir'].doc}
  --chp            Be configurable-http-proxy, whatever follows; --chp --help shows its flags.
  -h, --help       Shows this.

Examples:
  orrery proxy                                with the configuration found here
  orrery proxy --port 8000 --api-port 8001    as configurable-http-proxy
`

/** `orrery proxy` for an installation. */
const configured = defineCommand({
  usage: '[--config FILE] [--data-dir DIR]',
  doc: 'Runs the proxy alone, until it is asked to end.',
  examples: [],
  flags: { ...configFlags, ...placeFlags },
  words: [0, 0],
  run: ({ flags, host }) =>
    withConfig(host, flags, async (loaded) => {
      const { runConfiguredProxy } = await import('../boot/proxy.ts')
      return runConfiguredProxy(host, loaded)
    }),
})

const ownFlag = /^--(?:config|data-dir)(?:=|$)/

/** `orrery proxy`: an installation's own proxy, or configurable-http-proxy when the arguments are those of that program (or begin with `--chp`). */
export const rawCommand: RawCommand = {
  run: async (host, args) => {
    const [first] = args
    if (first === '--chp') return asChp(host, args.slice(1))
    if (first === '--help' || first === '-h') {
      host.stdout.write(help)
      return 0
    }
    if (first !== undefined && !args.some((arg) => ownFlag.test(arg))) return asChp(host, args)
    const parsed = parseFlags(configured, args)
    if (parsed.ok) return configured.run({ flags: parsed.flags, words: parsed.words, host })
    host.stderr.write(`${parsed.sentence} See: orrery proxy --help\n`)
    return 2
  },
}

async function asChp(...[host, args]: Parameters<RawCommand['run']>): Promise<number> {
  const { runChpProxy } = await import('../boot/chp-proxy.ts')
  return runChpProxy(host, args)
}
