import { configFlags, defineCommand, placeFlags } from './command.ts'

/** `orrery start` */
export const command = defineCommand({
  usage: '[--config FILE] [--data-dir DIR] [--host A] [--port N] [--stop-servers]',
  doc: 'Runs hub and proxy, and starts either again when it dies. SIGTERM or Ctrl-C ends them; notebook servers go on running and are taken over by the next start.',
  examples: [
    { line: 'orrery start', doc: 'on http://127.0.0.1:8000' },
    { line: 'orrery start --host 0.0.0.0 --port 80', doc: 'reachable from other machines' },
    { line: 'orrery start --config team.yaml --data-dir /srv/orrery', doc: 'everything in its own place' },
    { line: 'orrery start --stop-servers', doc: 'notebook servers end with it' },
  ],
  flags: {
    ...configFlags,
    ...placeFlags,
    'stop-servers': { kind: 'switch', doc: 'Stops the notebook servers too when it is asked to end.' },
  },
  words: [0, 0],
  run: async ({ flags, host }) => {
    const { supervise } = await import('../boot/supervisor.ts')
    const { config, host: address, port } = flags
    return supervise(host, { config, dataDir: flags['data-dir'], host: address, port, stopServers: flags['stop-servers'] })
  },
})
