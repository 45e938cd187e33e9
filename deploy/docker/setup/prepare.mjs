// While the image is built: makes the folders of the account that runs, then compiles what hub, proxy and the engine guard load.
import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { flushCompileCache } from 'node:module'

const account = 1000
const root = '/opt/orrery'

/** The guard runs as root without any capability: it can write where its group may. */
const folders = [
  { path: '/data', mode: 0o700 },
  { path: '/run/orrery', mode: 0o770 },
  { path: '/run/engine', mode: 0o770 },
  { path: `${root}/compile-cache`, mode: 0o755 },
  { path: '/etc/orrery', mode: 0o755 },
]

function makeFolders() {
  for (const { path, mode } of folders) {
    mkdirSync(path, { recursive: true })
    chownSync(path, account, account)
    chmodSync(path, mode)
  }
}

async function compile() {
  const parts = [
    'cli/run',
    'cli/hub',
    'cli/proxy',
    'cli/health',
    'cli/engine-guard',
    'boot/hub',
    'boot/proxy',
    'boot/health',
    'boot/engine-guard',
    'spawners/docker/docker',
    'spawners/docker/network',
  ]
  for (const part of parts) await import(`${root}/src/${part}.ts`)
  flushCompileCache()
}

await (process.argv[2] === 'folders' ? makeFolders() : compile())
