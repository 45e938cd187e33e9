import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { systemdUnits, usualPlace } from '../../src/boot/systemd-units.ts'
import { runProgram } from '../../src/cli/run.ts'
import { fakeHost } from '../support/fake-host.ts'
import { needs, toolPath } from '../support/machine.ts'
import { blocksIn, readPage, root } from './page.ts'
import { openReader } from './reader.ts'

const page = readPage(join(root, 'docs/howto/service.md'))

suite('install-service', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'service-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  async function installed(config: object, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    await writeFile(join(folder, 'orrery.config.json'), JSON.stringify(config))
    const { host, stdout, stderr } = fakeHost({ cwd: folder, env })
    const code = await runProgram(host, ['install-service', ...args])
    return { code, out: stdout(), err: stderr() }
  }

  test('writes the units of deploy/systemd, for this folder and this configuration', async () => {
    const { code, out } = await installed({}, ['--unit-dir', '.', '--data-dir', '/var/lib/orrery'])
    assert.equal(code, 0)
    for (const name of await readdir(join(root, 'deploy/systemd'))) {
      const usual = await readFile(join(root, 'deploy/systemd', name), 'utf8')
      const here = usual
        .replaceAll(usualPlace.program, root)
        .replaceAll(usualPlace.config ?? '', join(folder, 'orrery.config.json'))
        .replace('ProtectHome=yes', `ProtectHome=${/^\/(home|root)\//.test(root) ? 'no' : 'yes'}`)
      assert.equal(await readFile(join(folder, name), 'utf8'), here, name)
    }
    assert.match(out, /useradd --system --home-dir \/var\/lib\/orrery .* orrery\n[\s\S]*systemctl enable --now orrery-proxy orrery-hub/)
  })

  test('writes its own units again, but leaves those of others alone', async () => {
    assert.equal((await installed({}, ['--unit-dir', '.', '--user', 'jupyter'])).code, 0)
    assert.match(await readFile(join(folder, 'orrery-hub.service'), 'utf8'), /^User=jupyter$/m)
    await writeFile(join(folder, 'orrery-hub.service'), '[Service]\nExecStart=mine\n')
    const { code, err } = await installed({}, ['--unit-dir', '.'])
    assert.equal(code, 1)
    assert.match(err, /was not written by this command/)
  })

  test('says which variables of this terminal a service does not see', async () => {
    await rm(join(folder, 'orrery-hub.service'), { force: true })
    const { out } = await installed({}, ['--unit-dir', '.'], { ORRERY_HUB_ALLOW_NAMED_SERVERS: 'true' })
    assert.match(out, /\/etc\/orrery\/environment .*: ORRERY_HUB_ALLOW_NAMED_SERVERS\n/)
  })

  test('asks for the group of the engine with containers, and for root with accounts of their own', async () => {
    const containers = await installed({ spawner: { kind: 'docker', image: 'x' } }, ['--dry-run'])
    assert.match(containers.out, /^SupplementaryGroups=docker$/m)
    assert.doesNotMatch(containers.out, /KillMode/)
    const accounts = systemdUnits({ ...usualPlace, servers: 'accounts', user: 'root' }).map(({ text }) => text)
    assert.match(accounts[0] ?? '', /^KillMode=process$/m)
    assert.doesNotMatch(accounts[0] ?? '', /NoNewPrivileges|CapabilityBoundingSet/)
  })

  test('takes no account that a unit could misread', async () => {
    const { code, err } = await installed({}, ['--dry-run', '--user', 'root\nExecStart=x'])
    assert.deepEqual([code, err.split('\n').length > 1], [2, true])
  })

  test('refuses politely where systemd does not run', { skip: existsSystemd() && 'systemd runs this machine' }, async () => {
    const { code, err } = await installed({}, [])
    assert.equal(code, 1)
    assert.match(err, /systemd does not run this machine, so nothing was written\. --dry-run shows the units/)
  })
})

function existsSystemd(): boolean {
  try {
    execFileSync('test', ['-d', '/run/systemd/system'])
    return true
  } catch {
    return false
  }
}

suite('the units, as systemd sees them', needs('systemd'), () => {
  /** What the checks of a later systemd may add to what the page says. */
  const newerChecks = 0.5
  /** Exposure of systemd-analyze, from 0 to 10. */
  const rows = [
    { servers: 'children', hub: 3.6, proxy: 1.7 },
    { servers: 'engine', hub: 1.5, proxy: 1.7 },
    { servers: 'elsewhere', hub: 1.5, proxy: 1.7 },
    { servers: 'accounts', hub: 8.1, proxy: 2.0 },
  ] as const
  for (const { servers, ...points } of rows) {
    test(`with servers as ${servers}: nothing is unknown to it, and the sandbox is as tight as the page says`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'units-'))
      const user = servers === 'accounts' ? 'root' : 'daemon'
      for (const { name, text } of systemdUnits({ ...usualPlace, program: root, user, servers })) {
        const path = join(folder, name)
        await writeFile(path, text)
        const analyze = (...args: readonly string[]): string =>
          execFileSync(toolPath('systemd'), [...args, path], { encoding: 'utf8', stdio: 'pipe' })
        analyze('verify', '--man=no')
        const [, exposure = ''] = /exposure level for \S+: ([\d.]+)/.exec(analyze('security', '--offline=yes', '--no-pager')) ?? []
        const most = name === 'orrery-hub.service' ? points.hub : points.proxy
        assert.ok(exposure !== '' && Number(exposure) <= most + newerChecks, `${name}: ${exposure}`)
      }
      assert.ok(page.prose.includes(`| ${points.hub} |`), 'the page')
      await rm(folder, { recursive: true })
    })
  }
})

test('service.md: the units are shown and written; every day has units that exist', async () => {
  const [install, daily, ...more] = blocksIn(page, 'sh')
  assert.deepEqual(more, [])
  const reader = await openReader({
    'sudo bin/orrery install-service': 'bin/orrery install-service --unit-dir .',
    'sudo ': '',
    '/etc/orrery/': './etc/',
  })
  try {
    await mkdir(join(reader.folder, 'etc'))
    await writeFile(join(reader.folder, 'etc', 'orrery.config.ts'), 'export default {}\n')
    assert.match(await reader.type(install ?? ''), /KillMode=process[\s\S]*Wrote \S+orrery-hub\.service and \S+orrery-proxy\.service\./)
    await reader.type('systemctl() { echo "asked $*"; }; journalctl() { echo "asked $*"; }')
    const asked = await reader.type(daily ?? '')
    for (const [name] of asked.matchAll(/orrery-[a-z]+/g)) assert.ok((await readdir(reader.folder)).includes(`${name}.service`), name)
    assert.equal(asked.match(/^asked /gm)?.length, 4)
  } finally {
    await reader.close()
  }
})
