import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const project = join(import.meta.dirname, '..', '..')
const usualPath = process.env['PATH'] ?? ''
const entry = `
process.on('SIGTERM', () => process.exit(7))
console.log(JSON.stringify({ args: process.argv.slice(2), python: process.env.ORRERY_PYTHON_BIN, version: process.version }))
if (process.argv.includes('--wait')) setInterval(() => {}, 1000)
`

type Clone = { readonly root: string; readonly programs: string; readonly cache: string }
type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

/** A clone of what the bootstrap needs, with the packages of this one unless they are to be missing. */
function makeClone(options: { readonly packages: boolean }): Clone {
  const root = mkdtempSync(join(tmpdir(), 'clone-'))
  for (const path of ['package.json', 'package-lock.json', '.npmrc', 'scripts'])
    cpSync(join(project, path), join(root, path), { recursive: true })
  if (options.packages) symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'))
  const programs = join(root, 'programs')
  mkdirSync(programs)
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'src', 'main.ts'), entry)
  symlinkSync(process.execPath, join(programs, 'node'))
  return { root, programs, cache: join(root, 'cache') }
}

/** Puts a program of ours before, or in place of, those of the machine. */
function addProgram(clone: Clone, name: string, script: string): void {
  writeFileSync(join(clone.programs, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(clone.programs, name), 0o755)
}

function begin(clone: Clone, args: readonly string[], env: Record<string, string> = {}, flags: readonly string[] = []) {
  const full = { HOME: clone.root, PATH: clone.programs, XDG_CACHE_HOME: clone.cache, TMPDIR: tmpdir(), ...env }
  return spawn(process.execPath, [...flags, join(clone.root, 'scripts', 'bootstrap.mjs'), ...args], {
    cwd: '/',
    env: full,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function ended(child: ReturnType<typeof begin>): Promise<Ended> {
  return new Promise((resolve) => {
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

const run = (...given: Parameters<typeof begin>): Promise<Ended> => ended(begin(...given))

/** A folder that looks like a notebook environment. */
function fakePython(clone: Clone): string {
  const bin = join(clone.root, 'python-bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'jupyterhub-singleuser'), '')
  return bin
}

for (const [way, flags] of [
  ['in place', []],
  ['as a child', ['--import', 'data:text/javascript,delete process.execve']],
] as const) {
  test(`start runs the program ${way}, with its arguments and the notebook environment, and ends with its exit code`, async () => {
    const clone = makeClone({ packages: true })
    const bin = fakePython(clone)
    const child = begin(clone, ['start', '--wait', '--port', '0'], { ORRERY_PYTHON_BIN: bin }, flags)
    child.stdout.once('data', () => child.kill('SIGTERM'))
    const { code, out } = await ended(child)
    assert.deepEqual(JSON.parse(out), { args: ['start', '--wait', '--port', '0'], python: bin, version: process.version })
    assert.equal(code, 7)
  })
}

test('bin/orrery runs the program from any folder, also through a link', async () => {
  const clone = makeClone({ packages: true })
  cpSync(join(project, 'bin'), join(clone.root, 'bin'), { recursive: true })
  symlinkSync(join(clone.root, 'bin', 'configurable-http-proxy'), join(clone.programs, 'chp'))
  const child = spawn(join(clone.programs, 'chp'), ['--port', '1'], {
    cwd: '/',
    env: { PATH: `${clone.programs}:${usualPath}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { out, err } = await ended(child)
  assert.equal(err, '')
  assert.match(out, /"args":\["proxy",.*"--port","1"\]/)
})

test('an unknown command is refused', async () => {
  const { code, err } = await run(makeClone({ packages: true }), ['fly'])
  assert.equal(code, 1)
  assert.match(err, /^orrery: There is no command "fly"/)
})

test('without Python it says what to install', async () => {
  const { code, err } = await run(makeClone({ packages: true }), ['install'])
  assert.equal(code, 1)
  assert.equal(err, 'orrery: Python 3 is missing: install it (Debian and Ubuntu: apt-get install python3 python3-venv) and try again.\n')
})

test('with a Python that is too old it says which one is needed', async () => {
  const clone = makeClone({ packages: true })
  addProgram(clone, 'python3', 'echo 3.8')
  const { code, err } = await run(clone, ['install'])
  assert.equal(code, 1)
  assert.match(err, /^orrery: python3 is Python 3\.8; JupyterLab needs 3\.10 or newer\./)
})

test('with a Python without venv it names the package', async () => {
  const clone = makeClone({ packages: true })
  addProgram(clone, 'python3', 'echo 3.11; echo "No module named ensurepip" >&2; exit 1')
  const { code, err } = await run(clone, ['install'])
  assert.equal(code, 1)
  assert.match(err, /venv module is missing: install it \(Debian and Ubuntu: apt-get install python3-venv\)/)
})

test('a newer Python beside one that is too old is taken', async () => {
  const clone = makeClone({ packages: true })
  addProgram(clone, 'python3', 'echo 3.8')
  addProgram(clone, 'python3.12', 'case "$1" in -c) echo 3.12 ;; *) echo "taken: $*"; exit 1 ;; esac')
  const { err } = await run(clone, ['install'])
  assert.match(err, /taken: -m venv/)
})

test('an environment that was given but holds no notebook server is refused', async () => {
  const { code, err } = await run(makeClone({ packages: true }), ['start'], { ORRERY_PYTHON_BIN: '/nowhere' })
  assert.equal(code, 1)
  assert.match(err, /ORRERY_PYTHON_BIN names \/nowhere, but there is no jupyterhub-singleuser in it/)
})

test('a notebook environment that could not be finished is made again, and is never taken for finished', async () => {
  const clone = makeClone({ packages: true })
  const makeVenv = 'mkdir -p "$3/bin"; cp "$0" "$3/bin/python3"'
  addProgram(
    clone,
    'python3',
    `case "$1$2" in -c*) echo 3.11 ;; -mvenv) PATH=${usualPath}; ${makeVenv} ;; *pip) echo "ENOSPC"; exit 1 ;; esac`,
  )
  for (const round of [1, 2]) {
    const { code, err } = await run(clone, ['install'])
    assert.equal(code, 1, `round ${round}`)
    assert.match(err, /Python failed while installing JupyterLab\. The disk is full/)
  }
  assert.deepEqual(
    readdirSync(join(clone.cache, 'orrery')).filter((name) => name.endsWith('.lock')),
    [],
  )
})

test('without a network npm’s failure becomes a sentence', async () => {
  const clone = makeClone({ packages: false })
  const env = {
    PATH: `${clone.programs}:${usualPath
      .split(':')
      .filter((folder) => !folder.includes('node_modules'))
      .join(':')}`,
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_cache: join(clone.root, 'npm'),
  }
  const { code, err } = await run(clone, ['check'], env)
  assert.equal(code, 1)
  assert.match(err, /npm failed while installing Node\.js [\d.]+\. The package registry cannot be reached/)
})

test('without npm it says so', async () => {
  const { code, err } = await run(makeClone({ packages: false }), ['check'])
  assert.equal(code, 1)
  assert.match(err, /npm is missing: install it/)
})

test('a lock whose holder has died is taken over; one whose holder lives is waited for', async () => {
  const clone = makeClone({ packages: true })
  const lock = join(clone.root, 'the.lock')
  const script = `import('${join(clone.root, 'scripts/bootstrap/lock.mjs')}').then(({ withLock }) => withLock('${lock}', async () => console.log('mine')))`
  const attempt = (): Promise<Ended> => ended(spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] }))
  const dead = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => dead.on('exit', resolve))
  writeFileSync(lock, JSON.stringify({ pid: dead.pid, host: hostname() }))
  assert.equal((await attempt()).out, 'mine\n')
  assert.equal(existsSync(lock), false)

  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  writeFileSync(lock, JSON.stringify({ pid: holder.pid, host: hostname() }))
  const waiting = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  waiting.stderr.once('data', () => holder.kill('SIGKILL'))
  const { out, err } = await ended(waiting)
  assert.match(err, /waiting for another run that is installing/)
  assert.equal(out, 'mine\n')
  assert.equal(dirname(lock), clone.root)
})
