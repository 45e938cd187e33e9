// Entry of `npm start`, `npm test` and `npm run check`. Runs on the Node.js that the machine happens to have (20 or newer),
// before anything is installed: plain JavaScript, no dependencies.
import { launch } from './bootstrap/launch.mjs'
import { Problem, report } from './bootstrap/problem.mjs'
import { ensureBenchPython, ensurePython, presentPython } from './bootstrap/python.mjs'
import { ensureBenchPeers, ensureRuntime } from './bootstrap/runtime.mjs'

/**
 * @typedef {object} Command
 * @property {string | null} script what to run with the pinned Node.js afterwards, below the root of the project
 * @property {readonly string[]} args arguments before those of the caller
 * @property {boolean} [peers] whether the programs of bench/ have to be installed too
 * @property {boolean} [pythonPeers] whether those in Python as well
 * @property {'if there' | 'yes' | 'with system packages'} python whether the notebook environment is made when it is missing, also with apt-get
 */

/** @type {Readonly<Record<string, Command>>} */
const commands = {
  start: { script: 'src/main.ts', args: ['start'], python: 'yes' },
  orrery: { script: 'src/main.ts', args: [], python: 'if there' },
  test: { script: 'scripts/test.ts', args: [], python: 'with system packages' },
  check: { script: 'scripts/check.ts', args: [], python: 'if there' },
  generate: { script: 'scripts/generate.ts', args: [], python: 'if there' },
  'bench:proxy': { script: 'bench/proxy.ts', args: [], python: 'if there', peers: true },
  'bench:spawn': { script: 'bench/spawn.ts', args: [], python: 'if there', peers: true, pythonPeers: true },
  'bench:start': { script: 'bench/start.ts', args: [], python: 'yes' },
  install: { script: null, args: [], python: 'yes' },
}

/** @param {string} name @param {readonly string[]} rest */
async function main(name, rest) {
  const command = commands[name]
  if (command === undefined) throw new Problem(`There is no command "${name}"; known are ${Object.keys(commands).join(', ')}.`)
  const [runtime, python] = await Promise.allSettled([
    ensureRuntime(),
    command.python === 'if there' ? presentPython() : ensurePython({ systemPackages: command.python === 'with system packages' }),
  ])
  if (runtime.status === 'rejected' || python.status === 'rejected') {
    for (const result of [runtime, python]) if (result.status === 'rejected') report(result.reason)
    return
  }
  if (command.peers === true) await ensureBenchPeers(runtime.value.node)
  const peers = command.pythonPeers === true ? { ORRERY_BENCH_PYTHON_BIN: (await ensureBenchPython()).bin } : {}
  const environment = python.value === null ? peers : { ORRERY_PYTHON_BIN: python.value.bin, ...peers }
  if (command.script !== null) launch(runtime.value.node, [command.script, ...command.args, ...rest], environment)
}

const [name = '', ...rest] = process.argv.slice(2)
main(name, rest).catch(report)
