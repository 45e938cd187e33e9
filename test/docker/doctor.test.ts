import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import { z } from 'zod'
import { needsEngine } from '../support/docker-engine.ts'
import { buildFromLines, lightImage } from '../support/docker-images.ts'
import { dockerWorld } from '../support/docker-world.ts'
import { freePort } from '../support/free-port.ts'
import { needs } from '../support/machine.ts'
import { openRegistry } from '../support/oci-registry.ts'
import { admin, lightSpawner, preparePlace, startOrrery, type Place, type TestConfig } from '../support/orrery.ts'
import { setUps, type SetUpName } from '../support/set-ups.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'

const docker = { ...needs('docker', 'debootstrap'), ...(await needsEngine()) }
const registryThere = { ...needs('docker-registry'), ...docker }
const run = promisify(execFile)
const main = join(import.meta.dirname, '../../src/main.ts')
const tls = join(import.meta.dirname, '../support/tls')
const Report = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ code: z.string(), level: z.string(), what: z.string(), why: z.string(), change: z.string() })),
})
const Failed = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() })

/** `orrery doctor --json` at a place, as root or as the account with that number. */
async function doctor(place: Place, uid = 0) {
  const args = [main, 'doctor', '--json', '--config', join(place.folder, 'orrery.config.json'), '--data-dir', place.dataDir]
  const { stdout, exitCode } = await run(process.execPath, args, { cwd: place.folder, uid, timeout: 60_000 }).then(
    (done) => ({ stdout: done.stdout, exitCode: 0 }),
    (error: unknown) => {
      const { code, stdout: text, stderr } = Failed.parse(error)
      assert.equal(code, 1, `${text}${stderr}`)
      return { stdout: text, exitCode: code }
    },
  )
  return { exitCode, ...Report.parse(JSON.parse(stdout)) }
}

suite('orrery doctor', docker, () => {
  let world: Awaited<ReturnType<typeof dockerWorld>>
  before(async () => {
    world = await dockerWorld(lightImage)
  })
  after(() => world.close())

  type Changes = { readonly [section: string]: Readonly<Record<string, unknown>> }
  const configOf = ({ spawner = {}, ...others }: Changes): TestConfig => ({
    ...others,
    spawner:
      spawner === lightSpawner
        ? lightSpawner
        : {
            kind: 'docker',
            image: world.image,
            prefix: world.prefix,
            networkName: world.networkName,
            engineUrl: world.engine.host,
            pullPolicy: 'never',
            ...spawner,
          },
  })
  const withPlace = async <T>(changes: Changes, work: (place: Place) => Promise<T>): Promise<T> => {
    const place = await preparePlace(configOf(changes))
    try {
      return await work(place)
    } finally {
      await place.remove()
    }
  }

  /** That the set-up is named, in whole sentences with a line to change. */
  async function expectNamed(name: SetUpName, place: Place, uid?: number): Promise<void> {
    const { code } = setUps[name]
    const { findings, exitCode, ok } = await doctor(place, uid)
    const found = findings.find((finding) => finding.code === code)
    assert.ok(found !== undefined, JSON.stringify(findings.map((finding) => finding.code)))
    assert.ok(found.change !== '' && found.why !== '' && !/[{}?]/.test(`${found.what}${found.change}`), JSON.stringify(found))
    assert.equal(ok, exitCode === 0)
    assert.equal(exitCode, findings.some(({ level }) => level === 'bad') ? 1 : 0)
  }

  test('finds everything in order where it is, with or without the hub, and leaves nothing behind', async () => {
    await withPlace({}, async (place) => {
      const stopped = await doctor(place)
      assert.equal(stopped.exitCode, 0, JSON.stringify(stopped))
      const seen = stopped.findings.map(({ code }) => code)
      for (const code of ['engine_ready', 'network_ready', 'image_ready', 'home_ready', 'hub_reached', 'hub_stopped'])
        assert.ok(seen.includes(code), `${code} is missing in ${seen.join(' ')}`)
      const orrery = await startOrrery(place)
      const running = await lastly(doctor(place), () => orrery.stop())
      assert.equal(running.exitCode, 0, JSON.stringify(running))
      const now = running.findings.map(({ code }) => code)
      for (const code of ['hub_reached', 'proxy_answers', 'database_ready', 'files_closed']) assert.ok(now.includes(code), code)
      const filters = { label: ['orrery.purpose=doctor'] }
      assert.deepEqual(await world.engine.api.call('GET', '/containers/json', { query: { all: 'true', filters } }), [])
      const volumes = z.object({ Volumes: z.array(z.object({ Name: z.string() })).nullable() })
      const kept = volumes.parse(await world.engine.api.call('GET', '/volumes', { query: { filters: { name: [world.prefix] } } }))
      assert.deepEqual(kept.Volumes ?? [], [])
    })
  })

  test('the health page shows what the doctor finds, and the log of the start tells what it sees without a trial', async () => {
    await withPlace({ spawner: { memLimit: '64M' } }, async (place) => {
      const orrery = await startOrrery(place)
      try {
        await until(() => orrery.output().includes('"code":"memory_limit_low"'))
        const visitor = createVisitor(place.url)
        await visitor.get('/hub/login')
        await visitor.post('/hub/login', { username: admin.name, password: admin.password })
        const { text } = await visitor.get('/hub/admin/health')
        for (const part of ['A container reaches the hub at', 'Servers may use 64 MiB of memory.', 'spawner.memLimit'])
          assert.ok(text.includes(part), `${part} is missing in ${text}`)
      } finally {
        await orrery.stop()
      }
    })
  })

  const nobody = 65_534
  const spawnerRows: { readonly [K in SetUpName]?: (folder: string) => Changes } = {
    engineDown: () => ({ spawner: { engineUrl: 'unix:///run/no-such-engine.sock' } }),
    engineCertificates: () => ({
      spawner: { engineUrl: 'tcp://127.0.0.1:2376', engineTls: { ca: '/none/ca.pem', cert: '/none/cert.pem', key: '/none/key.pem' } },
    }),
    hubOnLoopback: () => ({ hub: { connectUrl: 'http://127.0.0.1:8081' } }),
    hubElsewhere: () => ({ hub: { connectUrl: `http://${world.engine.gateway}:9` } }),
    imageMissing: () => ({ spawner: { image: 'no-such-image:1' } }),
    registryDown: () => ({ spawner: { image: '127.0.0.1:9/a:1', pullPolicy: 'ifnotpresent' } }),
    wrongCommand: () => ({ spawner: { cmd: ['no-such-command'] } }),
    oldServer: () => ({ spawner: { environment: { LIGHT_VERSION: '1.5.0' } } }),
    readOnlyHome: () => ({ spawner: { readOnlyVolumes: { '{prefix}-ro-{username}': '/home/jovyan' } } }),
    mountMissing: () => ({ spawner: { mounts: [{ type: 'bind', source: '/none/at/all', target: '/data' }] } }),
    littleMemory: () => ({ spawner: { memLimit: '64M' } }),
    hardlyMemory: () => ({ spawner: { memLimit: '1K' } }),
    noGpu: () => ({ spawner: { gpus: 'all' } }),
    databaseDown: () => ({ spawner: lightSpawner, database: { url: 'postgres://nobody@127.0.0.1:9/none' } }),
    tlsMismatch: () => withTls({ key: 'two-key.pem', cert: 'one.pem' }),
    tlsOtherHost: () => ({ ...withTls({ key: 'one-key.pem', cert: 'one.pem' }), hub: { publicUrl: 'https://hub.example.org/' } }),
    tlsGarbage: () => withTls({ key: 'one-key.pem', cert: 'README.md' }),
  }
  const withTls = ({ key, cert }: { key: string; cert: string }) => ({
    spawner: lightSpawner,
    proxy: { bindUrl: 'https://127.0.0.1:1', tls: { key: join(tls, key), cert: join(tls, cert) } },
  })

  for (const [name, changes] of Object.entries(spawnerRows)) {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the table above
    const row = name as SetUpName
    test(`${setUps[row].what} ${setUps[row].code}`, () => withPlace(changes(''), (place) => expectNamed(row, place)))
  }

  const titleOf = (name: SetUpName): string => `${setUps[name].what} ${setUps[name].code}`

  test(titleOf('socketClosed'), () =>
    withPlace({}, async (place) => {
      await chown(place.folder, nobody, nobody)
      await expectNamed('socketClosed', place, nobody)
    }),
  )

  test(titleOf('openNetwork'), async () => {
    const Name = `${world.prefix}-open`
    await world.engine.api.call('POST', '/networks/create', { body: { json: { Name, Driver: 'bridge' } } })
    await lastly(
      withPlace({ spawner: { networkName: Name } }, (place) => expectNamed('openNetwork', place)),
      () => world.engine.api.call('DELETE', `/networks/${Name}`),
    )
  })

  test(titleOf('bareImage'), async () => {
    const image = `orrery-test/bare-doctor:${world.prefix}`
    await buildFromLines(world.engine.api, image, [
      `FROM ${world.image}`,
      'USER root',
      'RUN rm /usr/local/bin/jupyterhub-singleuser',
      'USER 1000',
    ])
    await lastly(
      withPlace({ spawner: { image } }, (place) => expectNamed('bareImage', place)),
      () => world.engine.api.call('DELETE', `/images/${image}`, { query: { force: 'true' } }),
    )
  })

  test(titleOf('homeOfRoot'), () =>
    withPlace({}, async (place) => {
      const home = join(place.folder, 'home')
      await mkdir(home, { mode: 0o755 })
      await writeFile(join(home, 'file'), 'of root')
      await change(place, 'spawner', { volumes: { [home]: '/home/jovyan' } })
      await expectNamed('homeOfRoot', place)
    }),
  )

  test(titleOf('portTaken'), () =>
    withPlace({ spawner: lightSpawner }, async (place) => {
      const other = createServer((_, response) => response.end('another program'))
      await new Promise<void>((resolve) => other.listen(Number(new URL(place.hubUrl).port), '127.0.0.1', resolve))
      await lastly(expectNamed('portTaken', place), () => other.close())
    }),
  )

  test(titleOf('openSecret'), () =>
    withPlace({ spawner: lightSpawner }, async (place) => {
      await mkdir(place.dataDir, { mode: 0o700 })
      await writeFile(join(place.dataDir, 'cookie-secret'), 'a'.repeat(64), { mode: 0o644 })
      await expectNamed('openSecret', place)
    }),
  )

  test(titleOf('openFolder'), () =>
    withPlace({ spawner: lightSpawner }, async (place) => {
      await mkdir(place.dataDir)
      await chmod(place.dataDir, 0o755)
      await expectNamed('openFolder', place)
    }),
  )

  test(titleOf('tlsOver'), () =>
    withPlace({ spawner: lightSpawner }, async (place) => {
      const [key, cert] = [join(place.folder, 'key.pem'), join(place.folder, 'cert.pem')]
      const request = join(place.folder, 'request.pem')
      await run('openssl', ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', request])
      await run('openssl', ['x509', '-req', '-in', request, '-signkey', key, '-days', '-1', '-out', cert])
      await change(place, 'proxy', { bindUrl: place.url.replace('http:', 'https:'), tls: { key, cert } })
      await expectNamed('tlsOver', place)
    }),
  )

  test(titleOf('publicUrl'), async () => {
    const config = { spawner: lightSpawner, hub: { publicUrl: `http://127.0.0.1:${await freePort()}/` } }
    const place = await preparePlace(config)
    try {
      const orrery = await startOrrery(place)
      await lastly(expectNamed('publicUrl', place), () => orrery.stop())
    } finally {
      await place.remove()
    }
  })

  test(titleOf('pullDenied'), registryThere, async () => {
    const registry = await openRegistry({ auth: true })
    try {
      const image = await registry.publish(world.engine, 'team/lab:1', { from: world.image, megabytes: [1] })
      await withPlace({ spawner: { image, pullPolicy: 'ifnotpresent' } }, (place) => expectNamed('pullDenied', place))
    } finally {
      await registry.close()
    }
  })
})

/** What the work gives, once what was made for it is gone. */
async function lastly<T>(work: Promise<T>, undo: () => unknown): Promise<T> {
  try {
    return await work
  } finally {
    await undo()
  }
}

/** Changes options of one section in the configuration of a place. */
async function change(place: Place, section: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(place.folder, 'orrery.config.json')
  const config = z.record(z.string(), z.record(z.string(), z.unknown())).parse(JSON.parse(await readFile(file, 'utf8')))
  await writeFile(file, JSON.stringify({ ...config, [section]: { ...config[section], ...values } }))
}
