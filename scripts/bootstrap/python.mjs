import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { cacheFolder, root, workFolder } from './paths.mjs'
import { downloadExplanations, explain, Problem } from './problem.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'

const oldestPython = [3, 10]
const candidates = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10']
const neededBytes = 1_000_000_000

/**
 * What an environment is made of. `name`: how its folder begins; `title`: how messages call it.
 * @typedef {{ name: string, requirements: string, title: string }} Contents
 */

/** @type {Contents} */
const notebooks = { name: 'python', requirements: join(root, 'scripts', 'python-requirements.txt'), title: 'JupyterLab' }
/** @type {Contents} */
const benchPeers = { name: 'bench-python', requirements: join(root, 'bench', 'python-requirements.txt'), title: 'the hub to compare with' }

/**
 * @typedef {{ bin: string }} PythonEnvironment folder that holds `python3` and what was installed: for notebooks `jupyterhub-singleuser` and `jupyter-lab`
 * @typedef {{ kind: 'usable', program: string } | { kind: 'missing' | 'too old' | 'no venv', program: string, version: string }} Found
 */

/** The environment of this version of Orrery, whether it is made yet or not. @param {Contents} contents @returns {PythonEnvironment & { folder: string }} */
function environmentOf({ name, requirements }) {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const folder = join(cacheFolder, `${name}-${hash}`)
  return { folder, bin: join(folder, 'bin') }
}

/**
 * Makes sure that there is a Python environment with JupyterLab and jupyterhub-singleuser, shared by all clones of one user.
 * Costs about a millisecond when it is there. `ORRERY_PYTHON_BIN` names another one to be used instead.
 * @param {{ systemPackages: boolean }} may whether a missing python3 may be installed with apt-get (root on Debian or Ubuntu only)
 * @returns {Promise<PythonEnvironment>}
 */
export async function ensurePython(may) {
  const given = process.env['ORRERY_PYTHON_BIN']
  if (given) return { bin: checkGiven(given) }
  const environment = environmentOf(notebooks)
  note(environment.bin)
  return await ensure(notebooks, may)
}

/**
 * Makes sure that there is an environment with the Python programs that bench/ compares Orrery with; they are no part of Orrery.
 * @returns {Promise<PythonEnvironment>}
 */
export const ensureBenchPython = () => ensure(benchPeers, { systemPackages: false })

/** @param {Contents} contents @param {{ systemPackages: boolean }} may @returns {Promise<PythonEnvironment>} */
async function ensure(contents, may) {
  const environment = environmentOf(contents)
  if (isComplete(environment.folder)) return environment
  return await withLock(`${environment.folder}.lock`, async () => {
    if (!isComplete(environment.folder)) await make(contents, environment.folder, may)
    return environment
  })
}

/** The environment that `ensurePython` would give, when it does not have to make it; else null. @returns {PythonEnvironment | null} */
export function presentPython() {
  const given = process.env['ORRERY_PYTHON_BIN']
  if (given) return { bin: given }
  const environment = environmentOf(notebooks)
  return isComplete(environment.folder) ? environment : null
}

/** Keeps the place for `bin/orrery`, which does not run the bootstrap. @param {string} bin */
function note(bin) {
  const file = join(workFolder, 'python-bin')
  if (existsSync(file) && readFileSync(file, 'utf8') === bin) return
  mkdirSync(workFolder, { recursive: true })
  writeFileSync(file, bin)
}

/** @param {string} bin */
function checkGiven(bin) {
  if (existsSync(join(bin, 'jupyterhub-singleuser'))) return bin
  throw new Problem(
    `ORRERY_PYTHON_BIN names ${bin}, but there is no jupyterhub-singleuser in it. Unset it, or install jupyterhub and jupyterlab there.`,
  )
}

/** A finished environment whose interpreter is still the one it was made with. @param {string} folder */
function isComplete(folder) {
  try {
    return readFileSync(join(folder, 'complete'), 'utf8') === realpathSync(join(folder, 'bin', 'python3'))
  } catch {
    return false
  }
}

/** @param {Contents} contents @param {string} folder @param {{ systemPackages: boolean }} may */
async function make({ requirements, title }, folder, may) {
  const python = await usablePython(may)
  const { bavail, bsize } = statfsSync(cacheFolder)
  if (bavail * bsize < neededBytes)
    throw new Problem(`There is too little space for ${title} in ${cacheFolder}: free at least 1 GB, or set XDG_CACHE_HOME.`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await step('making the Python environment', python, ['-m', 'venv', folder])
  const total = readFileSync(requirements, 'utf8')
    .split('\n')
    .filter((line) => /^\w/.test(line)).length
  const inside = join(folder, 'bin', 'python3')
  const flags = ['--no-deps', '--no-compile', '--prefer-binary', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off']
  await step(`installing ${title}`, inside, ['-m', 'pip', 'install', ...flags, '-r', requirements], { pattern: /^Collecting/, total })
  await step(`compiling ${title}`, inside, ['-m', 'compileall', '-q', '-j', '0', join(folder, 'lib')], null)
  writeFileSync(join(folder, 'complete'), realpathSync(inside))
}

/**
 * @param {string} title
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ pattern: RegExp, total: number } | null} [count]
 */
async function step(title, program, args, count = null) {
  let seen = 0
  const progress = startProgress(title, () => (count === null ? '' : `${seen} of about ${count.total} packages`))
  const { ok, output } = await run(program, args, {
    env: { PIP_USER: undefined, PIP_REQUIRE_VIRTUALENV: undefined, PYTHONHOME: undefined, PYTHONPATH: undefined },
    onLine: (line) => {
      if (count?.pattern.test(line)) seen += 1
    },
  })
  // A few packages carry files of other Python versions that cannot be compiled; that is no failure.
  if (ok || title.startsWith('compiling')) return progress.done()
  progress.failed()
  throw explain(`Python failed while ${title}`, output, [
    { pattern: /ensurepip is not|No module named (venv|ensurepip)/, text: venvHint },
    ...downloadExplanations,
    {
      pattern: /No matching distribution|Failed building wheel|Failed to build/,
      text: 'A package does not offer a build for this Python and machine: try another Python 3 (3.11 to 3.13).',
    },
  ])
}

const venvHint = 'Its venv module is missing: install it (Debian and Ubuntu: apt-get install python3-venv) and try again.'

/** @param {{ systemPackages: boolean }} may @returns {Promise<string>} */
async function usablePython(may) {
  const found = await lookForPython()
  if (found.kind === 'usable') return found.program
  if (may.systemPackages && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    await step('installing python3-venv', 'sh', [
      '-c',
      'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy python3 python3-venv',
    ])
    const again = await lookForPython()
    if (again.kind === 'usable') return again.program
  }
  if (found.kind === 'missing')
    throw new Problem('Python 3 is missing: install it (Debian and Ubuntu: apt-get install python3 python3-venv) and try again.')
  if (found.kind === 'no venv') throw new Problem(`${found.program} cannot make an environment. ${venvHint}`)
  throw new Problem(
    `${found.program} is Python ${found.version}; JupyterLab needs ${oldestPython.join('.')} or newer. Install a newer one and try again.`,
  )
}

/** The first Python that can be used, else the first one that was found at all. @returns {Promise<Found>} */
async function lookForPython() {
  /** @type {Found} */
  let best = { kind: 'missing', program: '', version: '' }
  for (const program of candidates) {
    const found = await inspect(program)
    if (found.kind === 'usable') return found
    if (best.kind === 'missing') best = found
  }
  return best
}

/** @param {string} program @returns {Promise<Found>} */
async function inspect(program) {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2]); import venv, ensurepip'
  const { ok, output } = await run(program, ['-c', script])
  const version = /^(\d+)\.(\d+)/.exec(output)
  if (version === null) return { kind: 'missing', program, version: '' }
  const isOld = Number(version[1]) === oldestPython[0] && Number(version[2]) < (oldestPython[1] ?? 0)
  if (isOld) return { kind: 'too old', program, version: version[0] }
  return ok ? { kind: 'usable', program } : { kind: 'no venv', program, version: version[0] }
}
