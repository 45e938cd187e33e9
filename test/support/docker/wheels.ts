import { mkdirSync, existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { containersOf } from './containers.ts'
import { contentHash } from './build-image.ts'
import type { EngineApi } from './engine-api.ts'
import { engineFolders } from './engine-folders.ts'
import { withMachineLock } from './machine-lock.ts'

const requirements = join(import.meta.dirname, '..', '..', '..', 'scripts', 'python-requirements.txt')
const container = { wheels: '/wheels/wheels', requirements: '/requirements.txt' }

/**
 * A folder with a folder `wheels` of everything the notebook environment consists of, for the Python of the image. Downloaded once, in a
 * container that sees the network and its settings as this machine does, so that no later build needs either.
 */
export async function wheelsFor(api: EngineApi, image: string): Promise<string> {
  const folder = join(dirname(engineFolders().data), `docker-wheels-${contentHash([], image, readFileSync(requirements, 'utf8'))}`)
  if (existsSync(folder)) return folder
  return withMachineLock('wheels', async () => {
    if (!existsSync(folder)) await download(api, image, folder)
    return folder
  })
}

async function download(api: EngineApi, image: string, folder: string): Promise<void> {
  for (const older of globSync(`${dirname(folder)}/docker-wheels-*`)) rmSync(older, { recursive: true, force: true })
  const unfinished = `${dirname(folder)}/docker-wheels-part`
  mkdirSync(join(unfinished, 'wheels'), { recursive: true })
  const settings = networkSettings()
  const script = `python3 -m venv /tmp/pip && /tmp/pip/bin/pip wheel --no-deps --no-cache-dir --prefer-binary --no-input --progress-bar off --wheel-dir ${container.wheels} --requirement ${container.requirements}`
  const running = await containersOf(api).run(image, {
    cmd: ['sh', '-c', script],
    network: 'host',
    env: settings.env,
    host: {
      Binds: [
        `${unfinished}:/wheels`,
        `${requirements}:${container.requirements}:ro`,
        ...settings.files.map((path) => `${path}:${path}:ro`),
      ],
    },
  })
  try {
    const code = await running.ended()
    if (code !== 0) throw new Error(`pip ended with ${code}: ${(await running.logs()).trimEnd().split('\n').slice(-15).join('\n')}`)
  } finally {
    await running.remove()
  }
  renameSync(unfinished, folder)
}

/** What tells programs of this machine how to reach the registries: variables, and files of the same path in the container. */
function networkSettings(): { readonly env: Readonly<Record<string, string>>; readonly files: readonly string[] } {
  const isSetting = (name: string): boolean => /^(?:PIP_.*|SSL_CERT_(?:FILE|DIR)|REQUESTS_CA_BUNDLE|(?:https?|no|all)_proxy)$/i.test(name)
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (isSetting(name) && value !== undefined ? [[name, value]] : [])),
  )
  const named = Object.values(env)
    .flatMap((value) => value.split(/[\s:]+/))
    .filter((value) => isAbsolute(value))
  const usual = [
    '/etc/ssl/certs',
    '/usr/share/ca-certificates',
    '/usr/local/share/ca-certificates',
    '/etc/pip.conf',
    '/etc/resolv.conf',
    '/etc/hosts',
  ]
  const personal = ['.netrc', '.pip/pip.conf', '.config/pip/pip.conf'].map((path) => join(homedir(), path))
  const all = [...new Set([...named, ...usual, ...personal])].filter((path) => existsSync(path))
  const isInside = (path: string): boolean => all.some((other) => path.startsWith(`${other}/`))
  return { env, files: all.filter((path) => !isInside(path)) }
}
