import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { buildImage, contentHash } from './build-image.ts'
import type { EngineApi } from './engine-api.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), devOptional: z.boolean().optional() })),
})

/** What the image is made from, beside what it stands on: changes with every file of it. */
export function orreryContent(): string {
  const files = ['package.json', 'package-lock.json', 'deploy/docker/Dockerfile'].map((path) => readFileSync(join(root, path), 'utf8'))
  return contentHash([join(root, 'src'), join(root, 'bin'), join(root, 'deploy/docker/setup')], ...files)
}

/** Builds the image of hub and proxy by `deploy/docker/Dockerfile`, without network: with the packages that are installed here. */
export async function buildOrrery(api: EngineApi, tag: string, base: string): Promise<void> {
  const context = mkdtempSync(join(tmpdir(), 'orrery-image-'))
  try {
    for (const path of ['package.json', 'package-lock.json', '.npmrc', 'bin', 'src', 'deploy/docker/setup']) copy(path, context)
    cpSync(join(root, 'deploy/docker/Dockerfile'), join(context, 'Dockerfile'))
    for (const path of productionPackages()) copy(path, join(context, 'deploy/docker/vendor'))
    const libraries = join(context, 'deploy/docker/vendor/lib')
    mkdirSync(libraries)
    for (const path of ownLibraries()) cpSync(realpathSync(path), join(libraries, path.slice(path.lastIndexOf('/') + 1)))
    await buildImage(api, tag, { folders: [context], args: { BASE: base, BUILDER: base } })
  } finally {
    rmSync(context, { recursive: true, force: true })
  }
}

const isTest = (path: string): boolean => path.endsWith('.test.ts')

function copy(path: string, to: string): void {
  mkdirSync(dirname(join(to, path)), { recursive: true })
  cpSync(join(root, path), join(to, path), { recursive: true, filter: (source) => !isTest(source) })
}

/** Folders of the packages that `npm ci --omit=dev` would install here. A package inside another comes with it. */
function productionPackages(): readonly string[] {
  const { packages } = lockFile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')))
  const wanted = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
  return wanted.map(([path]) => path).filter((path) => path.lastIndexOf('node_modules/') === 0 && existsSync(join(root, path)))
}

/** What Node.js needs and a minimal system lacks. This machine runs the same distribution as the image. */
function ownLibraries(): readonly string[] {
  const lines = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => /=> (\S*\/libatomic\.so\.\d+) /.exec(line)?.[1] ?? [])
}
