import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { findGo, findTool, type Tool, tools } from '../../test/support/machine.ts'
import { findPebble, pebbleFolder, pebbleModule } from '../../test/support/pebble.ts'

const wanted: readonly Tool[] = [
  'chromium',
  'postgresql',
  'nginx',
  'wrk',
  'docker',
  'docker-compose',
  'debootstrap',
  'docker-registry',
  'systemd',
]

/**
 * Installs what the tests need and the machine lacks, when that is possible (root on Debian or Ubuntu).
 * @returns one line for each tool that is still missing
 */
export function prepareMachine(say: (line: string) => void): readonly string[] {
  installPebble(say)
  const missing = wanted.filter((tool) => findTool(tool) === null)
  if (missing.length === 0) return []
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    aptGet(['update', '-q'], say)
    withoutStartingServices(() => {
      // One by one: a distribution that lacks one of them shall still give the others.
      for (const tool of missing) {
        say(`installing ${tools[tool].packages.join(', ')} …`)
        aptGet(['install', '-qy', '--no-install-recommends', ...tools[tool].packages], say)
      }
    })
  }
  return missing
    .filter((tool) => findTool(tool) === null)
    .map((tool) => `tests that need ${tools[tool].what} are skipped: it is not installed`)
}

/** The certificate authority for tests is built from its sources, where there is a Go toolchain; tests say so themselves when it is not there. */
function installPebble(say: (line: string) => void): void {
  const go = findGo()
  if (go === null || findPebble() !== null) return
  say(`building ${pebbleModule} …`)
  const env = { ...process.env, GOBIN: pebbleFolder }
  const { status, stderr } = spawnSync(go, ['install', pebbleModule], { env, encoding: 'utf8', timeout: 300_000 })
  if (status !== 0) say(`it could not be built: ${(stderr ?? '').trim().split('\n').slice(-2).join(' ')}`)
}

/** Tests start what they need by themselves, with folders and ports of their own. */
function withoutStartingServices(install: () => void): void {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return install()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    rmSync(policy)
  }
}

function aptGet(args: readonly string[], say: (line: string) => void): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stderr } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], { env, encoding: 'utf8', timeout: 600_000 })
  if (status !== 0) say(`apt-get ${args[0] ?? ''} failed: ${(stderr ?? '').trim().split('\n').slice(-3).join(' ')}`)
}
