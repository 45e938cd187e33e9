import { createHash } from 'node:crypto'
import { existsSync, linkSync, copyFileSync, mkdirSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { withLock } from './lock.mjs'
import { root, workFolder } from './paths.mjs'
import { downloadExplanations, explain, Problem } from './problem.mjs'
import { startProgress } from './progress.mjs'
import { run } from './run.mjs'

const modules = join(root, 'node_modules')
const linkedNode = join(modules, '.bin', 'node')
const stampFile = join(modules, '.orrery-stamp')
const neededBytes = 1_000_000_000

/**
 * @typedef {{ version: string, integrity?: string, optional?: boolean }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} LockFile
 * @typedef {{ name: string, locked: LockedPackage }} Pinned
 */

/**
 * Makes sure that the pinned Node.js and all packages are installed as package-lock.json says. Costs about a millisecond when they are.
 * @returns {Promise<{ node: string }>} path of the Node.js to use
 */
export async function ensureRuntime() {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8')
  const stamp = createHash('sha256').update(`${lockText}${process.platform}${process.arch}`).digest('hex')
  if (isFresh(stamp)) return { node: linkedNode }
  return await withLock(join(workFolder, 'install.lock'), async () => {
    if (isFresh(stamp)) return { node: linkedNode }
    /** @type {LockFile} */
    const lock = JSON.parse(lockText)
    const pinned = pinnedRuntime(lock)
    if (!matchesLock(lock) || !(await isLinked(pinned))) await install(lock, pinned)
    writeFileSync(stampFile, stamp)
    return { node: linkedNode }
  })
}

/**
 * Installs the programs that bench/ compares Orrery with; they are no part of Orrery.
 * @param {string} node
 */
export async function ensureBenchPeers(node) {
  const folder = join(root, 'bench')
  const stamp = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex')
  const file = join(folder, 'node_modules', '.orrery-stamp')
  if (existsSync(file) && readFileSync(file, 'utf8') === stamp) return
  await npmCi(node, folder, 'installing the programs to compare with')
  writeFileSync(file, stamp)
}

/** @param {string} stamp */
function isFresh(stamp) {
  return existsSync(linkedNode) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp
}

/** The package with the pinned Node.js for this machine; null where there is none. @param {LockFile} lock @returns {Pinned | null} */
function pinnedRuntime(lock) {
  const names = ['node', 'node-bin'].map((prefix) => `${prefix}-${process.platform}-${process.arch}`)
  for (const name of names) {
    const locked = lock.packages[`node_modules/${name}`]
    if (locked !== undefined && !isMusl()) return { name, locked }
  }
  return null
}

/** The ready-made builds of Node.js need the GNU C library. */
function isMusl() {
  if (process.platform !== 'linux') return false
  /** @type {any} */
  const facts = process.report.getReport()
  return facts.header.glibcVersionRuntime === undefined
}

/** True when npm has already installed what the lock file says, for example by a plain `npm ci`. @param {LockFile} lock */
function matchesLock(lock) {
  const hidden = join(modules, '.package-lock.json')
  if (!existsSync(hidden)) return false
  /** @type {LockFile} */
  const installed = JSON.parse(readFileSync(hidden, 'utf8'))
  return Object.entries(lock.packages).every(([path, wanted]) => {
    const found = installed.packages[path]
    return path === '' || (found === undefined ? wanted.optional === true : found.version === wanted.version)
  })
}

/** @param {string} node @param {Pinned | null} pinned */
async function isUsable(node, pinned) {
  const { ok, output } = await run(node, ['--version'])
  if (!ok) return false
  return pinned === null ? majorOf(output) >= wantedMajor() : output.trim() === `v${pinned.locked.version}`
}

/**
 * Whether `node_modules/.bin/node` is the right one. Not every npm makes the link when several packages offer a program of one name, so it is made here.
 * @param {Pinned | null} pinned
 */
async function isLinked(pinned) {
  if (await isUsable(linkedNode, pinned)) return true
  const target = pinned === null ? process.execPath : join('..', pinned.name, 'bin', 'node')
  if (!existsSync(modules)) return false
  rmSync(linkedNode, { force: true })
  mkdirSync(dirname(linkedNode), { recursive: true })
  symlinkSync(target, linkedNode)
  return await isUsable(linkedNode, pinned)
}

/** @param {LockFile} lock @param {Pinned | null} pinned */
async function install(lock, pinned) {
  const { bavail, bsize } = statfsSync(root)
  if (bavail * bsize < neededBytes) throw new Problem(`There is too little space for the packages below ${root}: free at least 1 GB.`)
  const node = pinned === null ? ownNode() : await fetchRuntime(pinned)
  const total = Object.entries(lock.packages).filter(([path, { optional }]) => path !== '' && optional !== true).length
  await npmCi(node, root, `installing ${total} packages`)
  if (!(await isLinked(pinned))) throw new Problem(`The Node.js that was installed, ${linkedNode}, cannot be run on this machine.`)
  if (pinned !== null) rmSync(runtimeFolder(pinned), { recursive: true, force: true })
}

/** Where no build is offered, the machine's own Node.js has to be new enough. */
function ownNode() {
  if (majorOf(process.version) >= wantedMajor()) return process.execPath
  const where = isMusl() ? 'Linux with musl' : `${process.platform} on ${process.arch}`
  throw new Problem(
    `Orrery needs Node.js ${wantedMajor()} or newer and can fetch it for Linux (glibc) and macOS only; this is ${where} with ${process.version}. Install Node.js ${wantedMajor()} and try again.`,
  )
}

function wantedMajor() {
  /** @type {{ engines: { node: string } }} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return majorOf(manifest.engines.node)
}

/** @param {string} version */
const majorOf = (version) => Number(/\d+/.exec(version)?.[0] ?? 0)

/** @param {Pinned} pinned */
const runtimeFolder = (pinned) => join(workFolder, `runtime-${pinned.locked.version}`)

/**
 * The pinned Node.js in a folder of its own, because it has to run the npm that replaces node_modules: npm chooses packages by the engine it runs on.
 * Its checksum comes from the project's lock file.
 * @param {Pinned} pinned
 */
async function fetchRuntime(pinned) {
  const folder = runtimeFolder(pinned)
  const node = join(folder, 'node_modules', '.bin', 'node')
  if (await isUsable(node, pinned)) return node
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (await isUsable(linkedNode, pinned)) {
    mkdirSync(dirname(node), { recursive: true })
    linkOrCopy(linkedNode, node)
    return node
  }
  const dependencies = { [pinned.name]: pinned.locked.version }
  const manifest = { name: 'runtime', version: '0.0.0', private: true, dependencies }
  const packages = { '': manifest, [`node_modules/${pinned.name}`]: { ...pinned.locked, optional: undefined } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...manifest, lockfileVersion: 3, requires: true, packages }))
  await npmCi(process.execPath, folder, `installing Node.js ${pinned.locked.version}`)
  if (!(await isUsable(node, pinned)))
    throw new Problem(`Node.js ${pinned.locked.version} was installed but cannot be run on this machine.`)
  return node
}

/** @param {string} from @param {string} to */
function linkOrCopy(from, to) {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** @param {string} node the Node.js that runs npm @param {string} folder @param {string} title */
async function npmCi(node, folder, title) {
  let fetched = 0
  const progress = startProgress(title, () => (fetched > 0 ? `${fetched} downloads` : ''))
  const { program, args } = npmCommand(node)
  const flags = ['ci', '--prefix', folder, '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  const network = ['--loglevel=http', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000']
  const { ok, output } = await run(program, [...args, ...flags, ...network], {
    cwd: folder,
    env: { PATH: [dirname(node), process.env['PATH']].join(delimiter), NODE_ENV: undefined },
    onLine: (line) => {
      if (line.includes('http fetch GET 200')) fetched += 1
    },
  })
  if (ok) {
    progress.done()
    return
  }
  progress.failed()
  const text = output.replace(/^npm (http|warn).*\n/gm, '')
  throw explain(`npm failed while ${title}`, text, [
    { pattern: /spawn npm ENOENT/, text: 'npm is missing: install it (Debian: apt-get install npm) and try again.' },
    ...downloadExplanations,
  ])
}

/** The npm that started us if there is one, else the one on the path. @param {string} node */
function npmCommand(node) {
  const own = process.env['npm_execpath'] ?? ''
  if (basename(own) === 'npm-cli.js' && existsSync(own)) return { program: node, args: [own] }
  return { program: 'npm', args: [] }
}
