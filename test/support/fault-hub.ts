// A hub that dies by SIGKILL when it reaches the fault point named by ORRERY_TEST_FAULT. Without one it is an ordinary hub.
import { loadConfig } from '../../src/boot/load-config.ts'
import { formatProblems } from '../../src/boot/config-problem.ts'
import type { Host } from '../../src/boot/host.ts'
import { runHub } from '../../src/boot/hub.ts'
import type { Faults } from '../../src/hub/faults.ts'

const [, , , config, , dataDir] = process.argv
const doomed = process.env['ORRERY_TEST_FAULT'] ?? ''
const stop = new AbortController()
process.on('SIGTERM', () => stop.abort(new Error('stopping')))

const faults: Faults = async (point) => {
  if (point !== doomed) return
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => {})
}

const host: Host = {
  env: process.env,
  cwd: process.cwd(),
  stdout: { write: () => {}, isTerminal: false },
  stderr: { write: (text) => process.stderr.write(text), isTerminal: false },
  readInput: () => Promise.resolve(''),
  stop: stop.signal,
  onHangUp: () => {},
  parent: null,
  program: { runtime: process.execPath, args: [], env: {} },
  version: '0.0.0',
}

const loaded = await loadConfig({ config, dataDir, host: undefined, port: undefined }, { env: process.env, cwd: process.cwd() })
if (!loaded.ok) throw new Error(formatProblems(loaded.problems))
process.exit(await runHub(host, loaded, faults))
