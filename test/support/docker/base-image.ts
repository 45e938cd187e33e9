import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { toolPath } from '../machine.ts'
import { contentHash, exitOf, hasImage, tar } from './build-image.ts'
import type { EngineApi } from './engine-api.ts'
import { engineFolders } from './engine-folders.ts'
import { withMachineLock } from './machine-lock.ts'

/** Beyond a minimal system: what the notebook image takes from the distribution. */
const packages = ['ca-certificates', 'python3', 'python3-venv', 'tini']
/** Nobody reads them in a container. */
const leftOut = [
  './usr/share/doc',
  './usr/share/man',
  './usr/share/locale',
  './usr/share/info',
  './var/cache/apt',
  './var/lib/apt/lists',
  './dev',
]

/**
 * Tag of an image with a minimal system of the distribution that this machine runs, from the same source of packages, and Python.
 * Made when the engine does not have it. Requires `needs('docker', 'debootstrap')`.
 */
export async function baseImage(api: EngineApi): Promise<string> {
  const suite = suiteOfMachine()
  const version = contentHash([], suite, ...packages, ...leftOut)
  const tag = `orrery-test/base:${version}`
  if (await hasImage(api, tag)) return tag
  await withMachineLock('base-image', async () => {
    if (!(await hasImage(api, tag))) await make(api, { suite, tag, version })
  })
  return tag
}

async function make(api: EngineApi, { suite, tag, version }: { suite: string; tag: string; version: string }): Promise<void> {
  const folder = mkdtempSync(join(dirname(engineFolders().data), 'docker-base-'))
  try {
    const root = join(folder, 'root')
    await run(toolPath('debootstrap'), ['--variant=minbase', `--include=${packages.join(',')}`, suite, root, ...mirrorOf(suite)])
    const archive = tar(
      [root],
      leftOut.map((path) => `--exclude=${path}/*`),
    )
    await api.lines('POST', '/images/create', {
      query: { fromSrc: '-', repo: 'orrery-test/base', tag: version },
      body: { stream: archive.stream, type: 'application/x-tar' },
    })
    await archive.ended
    if (!(await hasImage(api, tag))) throw new Error(`the engine took the base image, but does not know ${tag}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function suiteOfMachine(): string {
  const release = readFileSync('/etc/os-release', 'utf8')
  const suite = /^VERSION_CODENAME="?(\w+)"?$/m.exec(release)?.[1]
  if (suite === undefined) throw new Error('this machine does not say which release of its distribution it runs')
  return suite
}

/** Where this machine takes the packages of that release from; [] when it does not say. */
function mirrorOf(suite: string): readonly string[] {
  const format = '$(TARGET_OF) $(CODENAME) $(RELEASE) $(COMPONENT) $(REPO_URI)'
  const targets = execFileSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], { encoding: 'utf8' })
  const rows = targets.split('\n').map((line) => line.split(' '))
  const row = rows.find(([kind, , release, component]) => kind === 'deb' && release === suite && component === 'main')
  return row?.[4] === undefined ? [] : [row[4]]
}

/** Rejects with the end of what the program printed. */
async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)])
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${(output + errors).trimEnd().split('\n').slice(-10).join('\n')}`)
}
