import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { needs } from '../support/machine.ts'
import { startNginx } from '../support/nginx.ts'
import { lightSpawner, preparePlace, startOrrery } from '../support/orrery.ts'
import type { Place, RunningOrrery } from '../support/orrery.ts'
import { setUps } from '../support/set-ups.ts'
import type { SetUpName } from '../support/set-ups.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const report = z.object({ findings: z.array(z.object({ code: z.string(), change: z.string() })) })
const titleOf = (name: SetUpName): string => `${setUps[name].what} ${setUps[name].code}`
type Told = z.infer<typeof report>['findings']

suite('the doctor opens the public address and names the line of nginx that is missing', needs('nginx'), () => {
  let place: Place
  let orrery: RunningOrrery
  before(async () => {
    place = await preparePlace({ proxy: { trustedProxies: ['127.0.0.1'] }, spawner: lightSpawner })
    orrery = await startOrrery(place)
  })
  after(async () => {
    await orrery.stop()
    await place.remove()
  })

  /** What the doctor says of the running hub, behind nginx with a changed file. */
  const examine = async (adapt: (conf: string) => string, more: (origin: string) => Record<string, string> = () => ({})): Promise<Told> => {
    const nginx = await startNginx(place.url, (conf) => adapt(conf.replaceAll('server_name hub.example.org', 'server_name localhost')))
    const origin = `https://localhost:${nginx.port}`
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: nginx.certFile, ORRERY_HUB_PUBLIC_URL: `${origin}/`, ...more(origin) }
    const args = [main, 'doctor', '--json', '--config', join(place.folder, 'orrery.config.json'), '--data-dir', place.dataDir]
    try {
      const printed = await new Promise<string>((resolve) => {
        execFile(process.execPath, args, { cwd: place.folder, env }, (_error, stdout, stderr) => resolve(stdout === '' ? stderr : stdout))
      })
      return report.parse(JSON.parse(printed)).findings
    } finally {
      await nginx.stop()
    }
  }
  const about = (told: Told) => told.filter(({ code }) => /^(?:front|public|user_hosts)_/.test(code))
  const without = (line: RegExp) => (conf: string) => conf.replace(line, '')

  test('the shipped file is as it should be', async () => {
    assert.deepEqual(
      about(await examine((conf) => conf)).map(({ code }) => code),
      ['public_url_reached', 'front_passes'],
    )
  })

  test(titleOf('frontUpgrade'), async () => {
    const [, found] = about(await examine(without(/.*proxy_set_header (?:Upgrade|Connection).*\n/g)))
    assert.equal(found?.code, setUps.frontUpgrade.code)
    assert.match(found.change, /proxy_set_header Upgrade \$http_upgrade;/)
  })

  test(titleOf('frontHost'), async () => {
    const [, found] = about(await examine(without(/.*proxy_set_header Host .*\n/)))
    assert.deepEqual([found?.code, found?.change], [setUps.frontHost.code, 'proxy_set_header Host $http_host;'])
  })

  test(titleOf('frontHttps'), async () => {
    const [, found] = about(await examine(without(/.*proxy_set_header X-Forwarded-Proto.*\n/)))
    assert.equal(found?.code, setUps.frontHttps.code)
  })

  test(titleOf('userHosts'), async () => {
    const found = about(
      await examine(
        (conf) => conf,
        (origin) => ({ ORRERY_HUB_SUBDOMAIN_HOST: origin }),
      ),
    )
    assert.deepEqual(
      found.map(({ code }) => code),
      ['public_url_reached', 'front_passes', setUps.userHosts.code],
    )
  })
})
