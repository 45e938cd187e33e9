import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { type DockerEngine, needsEngine, openEngine } from '../support/docker-engine.ts'
import { buildFromLines, buildImage } from '../support/docker/build-image.ts'
import { EngineError } from '../support/docker/engine-api.ts'
import { lightImage, notebookImage } from '../support/docker-images.ts'
import { needs } from '../support/machine.ts'
import { openRegistry } from '../support/oci-registry.ts'
import { until } from '../support/until.ts'

const docker = await needsEngine()
const images = { ...needs('docker', 'debootstrap'), ...docker }
const registry = { ...needs('docker', 'debootstrap', 'docker-registry'), ...docker }
const light = { JUPYTERHUB_SERVICE_URL: 'http://0.0.0.0:8888/user/alice/' }

const facts = z.object({ uid: z.number(), gid: z.number(), cwd: z.string(), environment: z.record(z.string(), z.string()) })
const withVersion = z.object({ version: z.string() })
const progress = z.object({ status: z.string(), progressDetail: z.object({ current: z.number(), total: z.number() }).partial().optional() })

let engine: DockerEngine

before(async () => {
  if (docker.skip === undefined) engine = await openEngine()
})
after(() => (docker.skip === undefined ? engine.close() : undefined))

test('the engine is one of the tests’ own', docker, async () => {
  const info = z.object({ DockerRootDir: z.string() }).parse(await engine.api.call('GET', '/info'))
  assert.match(info.DockerRootDir, /\/orrery\/docker$/)
  const again = await openEngine()
  assert.equal(again.pid(), engine.pid())
  await again.close()
})

test('a light server answers below its path, as jovyan, and ends when told to', images, async () => {
  const server = await engine.run(await lightImage(engine), { env: light })
  const url = `http://${await server.address()}:8888/user/alice/api`
  await until(() =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  const said = facts.parse(await (await fetch(url)).json())
  assert.deepEqual([said.uid, said.gid, said.cwd], [1000, 100, '/home/jovyan'])
  assert.equal((await fetch(new URL('/elsewhere', url))).status, 404)
  await server.kill('SIGTERM')
  assert.equal(await server.ended(), 0)
  assert.match(await server.logs(), /^listening at .*\ngot SIGTERM\n$/)
  await server.remove()
})

test('a light server does as it is told: prints, exits, eats until it is killed', images, async () => {
  const image = await lightImage(engine)
  const wish = (wishes: unknown, host = {}) => engine.run(image, { env: { ...light, LIGHT_SERVER: JSON.stringify(wishes) }, host })
  const leaver = await wish({ print: ['no licence'], exit: 3 })
  assert.equal(await leaver.ended(), 3)
  assert.equal(await leaver.logs(), 'no licence\n')
  const eater = await wish({ eatMegabytes: 300 }, { Memory: 60_000_000, MemorySwap: 60_000_000 })
  assert.equal(await eater.ended(), 137)
  assert.equal((await eater.inspect()).State.OOMKilled, true)
  await Promise.all([leaver.remove(), eater.remove()])
})

test('containers reach the machine at the gateway, and each other', images, async () => {
  const image = await lightImage(engine)
  const server = await engine.run(image, { env: light })
  const other = await engine.run(image, { env: light })
  const ask = `import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).status)`
  const answer = `http://${await server.address()}:8888/user/alice/`
  await until(() =>
    fetch(answer).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  assert.deepEqual(await other.exec(['python3', '-c', ask, answer]), { exitCode: 0, output: '200\n' })
  const route = await other.exec([
    'python3',
    '-c',
    'print([line.split()[2] for line in open("/proc/net/route") if line.split()[1] == "00000000"])',
  ])
  const [a, b, c, d] = engine.gateway.split('.').map(Number)
  assert.equal(
    route.output.trim(),
    `['${Buffer.from([d ?? 0, c ?? 0, b ?? 0, a ?? 0])
      .toString('hex')
      .toUpperCase()}']`,
  )
  await Promise.all([server.remove(), other.remove()])
})

test('the notebook image starts JupyterLab without a hub, and the single-user server below one', images, async () => {
  const image = await notebookImage(engine)
  const alone = await engine.run(image)
  const url = `http://${await alone.address()}:8888/api`
  await until(
    () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    60_000,
  )
  assert.match(withVersion.parse(await (await fetch(url)).json()).version, /^\d+\./)
  assert.equal((await alone.exec(['id'])).output.trim(), 'uid=1000(jovyan) gid=100(users) groups=100(users)')
  assert.match((await alone.exec(['jupyterhub-singleuser', '--version'])).output, /^5\.\d+/)
  const below = await engine.run(image, { env: { ...light, JUPYTERHUB_API_TOKEN: 'x', JUPYTERHUB_API_URL: 'http://127.0.0.1:1/hub/api' } })
  await until(async () => (await below.logs()).includes('start-singleuser.py: jupyterhub-singleuser'), 60_000)
  await Promise.all([alone.remove(), below.remove()])
})

test('the notebook image, started as root, becomes the user it is given and hands over the home', images, async () => {
  const root = await engine.run(await notebookImage(engine), {
    create: { User: '0' },
    env: { NB_USER: 'ada', NB_UID: '1234', NB_GID: '2345', CHOWN_HOME: 'yes', CHOWN_HOME_OPTS: '-R' },
    cmd: ['bash', '-c', 'id; pwd; echo $HOME $PATH; touch ~/work/x && stat -c %u:%g ~ ~/work/x'],
  })
  assert.equal(await root.ended(), 0, await root.logs())
  const lines = (await root.logs()).split('\n')
  assert.match(lines[0] ?? '', /^uid=1234\(ada\) gid=2345\(ada\) groups=2345\(ada\),100\(users\)$/)
  assert.equal(lines[1], '/home/ada')
  assert.match(lines[2] ?? '', /^\/home\/ada \/opt\/jupyter\/bin:/)
  assert.deepEqual(lines.slice(3, 5), ['1234:2345', '1234:2345'])
  await root.remove()
})

test('an image that has a notebook server already is left as it is', images, async () => {
  const image = await lightImage(engine)
  const tag = 'test-left/as-it-is:1'
  await buildImage(engine.api, tag, { folders: [new URL('../../deploy/docker/notebook', import.meta.url).pathname], args: { BASE: image } })
  const shown = await engine.run(tag, { cmd: ['bash', '-c', 'which jupyterhub-singleuser; ls /opt/jupyter'] })
  assert.equal(await shown.ended(), 0)
  assert.equal(await shown.logs(), '/usr/local/bin/jupyterhub-singleuser\n')
  await shown.remove()
})

test('an image comes from the registry at the speed that is set, with progress', registry, async (t) => {
  const source = await openRegistry({ bytesPerSecond: 4_000_000 })
  t.after(() => source.close())
  const name = await source.publish(engine, 'team/big:1', { from: await lightImage(engine), megabytes: [3] })
  await assert.rejects(engine.api.call('GET', `/images/${name}/json`), { status: 404 })
  const from = performance.now()
  const lines = await engine.api.lines('POST', '/images/create', { query: { fromImage: name } })
  const seconds = (performance.now() - from) / 1000
  assert.ok(seconds > 0.6, `${seconds} s for 3 MB`)
  const downloads = lines.map((line) => progress.parse(line)).filter(({ status }) => status === 'Downloading')
  assert.ok(downloads.length >= 2)
  assert.ok(downloads.every(({ progressDetail }) => (progressDetail?.total ?? 0) > 2_900_000))
  await (await engine.run(name, { env: light })).remove()
})

test('a registry that asks refuses whoever is a stranger', registry, async (t) => {
  const source = await openRegistry({ auth: true })
  t.after(() => source.close())
  const name = await source.publish(engine, 'team/secret:1', { megabytes: [1] })
  const pull = (headers = {}) => engine.api.lines('POST', '/images/create', { query: { fromImage: name }, headers })
  await assert.rejects(pull(), (error) => error instanceof EngineError && /no basic auth credentials|unauthorized/.test(error.message))
  await pull(source.authHeaders)
})

test('a stalled registry keeps the engine waiting until it goes on', registry, async (t) => {
  const source = await openRegistry({ bytesPerSecond: 2_000_000 })
  t.after(() => source.close())
  const name = await source.publish(engine, 'team/stalled:1', { megabytes: [2] })
  const pulled = engine.api.lines('POST', '/images/create', { query: { fromImage: name } })
  await until(() => source.sent() > 500_000)
  source.setRate(0)
  const passed = source.sent()
  assert.equal(await Promise.race([pulled.then(() => 'pulled'), new Promise((resolve) => setTimeout(resolve, 300, 'waiting'))]), 'waiting')
  assert.ok(source.sent() - passed < 200_000)
  source.setRate(Infinity)
  await pulled
})

test('who opens the engine alone may end it and start it again; what ran is then stopped, or still there', images, async () => {
  await engine.close()
  const own = await openEngine({ alone: true })
  const image = await lightImage(own)
  const first = await own.run(image, { env: light, labels: { 'test.kind': 'first' } })
  await own.stop()
  await assert.rejects(own.api.text('GET', '/_ping'))
  await own.start('--live-restore')
  assert.equal((await own.find(first.id)).name, first.name)
  assert.equal((await first.inspect()).State.Running, false)
  const second = await own.run(image, { env: light })
  await own.stop('SIGKILL')
  await own.start('--live-restore')
  assert.equal((await second.inspect()).State.Running, true)
  await own.sweep('test.kind=first')
  await assert.rejects(own.find(first.id), { status: 404 })
  await second.remove()
  await own.stop()
  await own.start()
  await own.close()
  engine = await openEngine()
})

test('an image of a few lines is made for one test', images, async () => {
  await buildFromLines(engine.api, 'test-lines/broken:1', [
    `FROM ${await lightImage(engine)}`,
    'USER root',
    'RUN rm /usr/local/bin/jupyterhub-singleuser',
  ])
  await assert.rejects(
    engine.run('test-lines/broken:1', { create: { Entrypoint: [] } }),
    (error) => error instanceof EngineError && error.message.includes('executable file not found'),
  )
  await assert.rejects(
    buildFromLines(engine.api, 'test-lines/failing:1', ['FROM test-lines/broken:1', 'RUN echo no way; exit 4']),
    /no way/,
  )
})
