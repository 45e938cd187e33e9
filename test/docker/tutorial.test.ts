import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { z } from 'zod'
import { createSelfSigned } from '../../src/lib/self-signed.ts'
import { blocksIn, readPage, root } from '../docs/page.ts'
import { openChromium } from '../support/chromium.ts'
import { needsEngine, openEngine } from '../support/docker-engine.ts'
import type { DockerEngine } from '../support/docker-engine.ts'
import { notebookImage, orreryImage } from '../support/docker-images.ts'
import { composeName, sweepCompose } from '../support/compose-name.ts'
import { startFakeGithub } from '../support/fake-github.ts'
import type { FakeGithub } from '../support/fake-github.ts'
import { personOf } from '../support/github/world.ts'
import { freePort } from '../support/free-port.ts'
import { awaitLab, newNotebook, runCell } from '../support/jupyterlab.ts'
import { needs } from '../support/machine.ts'
import { startNginx } from '../support/nginx.ts'
import type { RunningNginx } from '../support/nginx.ts'
import { answers } from '../support/orrery.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const machine = { ...needs('docker', 'docker-compose', 'debootstrap', 'chromium', 'nginx'), ...(await needsEngine()) }
const blocks = blocksIn(readPage(join(root, 'docs/tutorial/docker.md')), 'sh')
const Seen = z.array(z.object({ at: z.number(), text: z.string() }))
const origin = 'https://hub.example.org'
const notPartOfAClone = new Set(['node_modules', '.git', '.orrery', '.cache', 'orrery-data', '.env', 'userlist'])
/** The longest that one step may take on a slow machine, milliseconds. */
const stepMs = 90_000
const callback = `${origin}/hub/oauth_callback`

suite('the tutorial, typed on a clean folder', machine, () => {
  let engine: DockerEngine
  let github: FakeGithub
  let nginx: RunningNginx
  let browser: Awaited<ReturnType<typeof openChromium>>
  let folder = ''
  let port = 0
  const name = composeName()
  const begun = { at: 0 }

  /** Types a block into a shell that goes on where the one before ended. What stands in the page is swapped for what it is on this machine. */
  async function type(block: string | undefined): Promise<string> {
    const text = Object.entries({
      'ADDRESS-OF-THIS-REPOSITORY': join(folder, 'origin'),
      'THE-CLIENT-ID': github.world.application.clientId,
      'THE-CLIENT-SECRET': github.world.application.clientSecret,
      '127.0.0.1:8000': `127.0.0.1:${port}`,
      '172.16.0.0/12': '10.0.0.0/8',
      '/etc/nginx/conf.d/': join(folder, 'conf.d/'),
    }).reduce((known, [from, to]) => known.replaceAll(from, to), block ?? assert.fail('the page has fewer blocks'))
    const script = `. ${join(folder, 'machine.sh')}\ncd "$(cat ${join(folder, 'cwd')})"\n${text}\npwd > ${join(folder, 'cwd')}\n`
    const { stdout, stderr } = await run('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
      env: { ...process.env, DOCKER_HOST: engine.host },
      timeout: stepMs,
    })
    return stdout + stderr
  }

  /** Waits for the hub; what its containers have written is the reason when it does not come. */
  async function hubAnswers(): Promise<void> {
    try {
      await until(() => answers(`http://127.0.0.1:${port}/hub/api/`), stepMs)
    } catch (cause) {
      throw new Error(await logs(), { cause })
    }
  }

  const logs = (): Promise<string> => type('docker compose ps\ndocker compose logs --no-color --tail 60')

  async function visit(person: string): Promise<{ page: Page; close(): Promise<void> }> {
    const visitor = await openChromium({ hostRules: `MAP hub.example.org 127.0.0.1:${nginx.port}` })
    const page = visitor.context.pages()[0] ?? (await visitor.context.newPage())
    await page.goto(`${origin}/`)
    await page.getByText('Continue with GitHub').click()
    await page.locator(`#as-${person}`).click()
    await page.waitForURL(`${origin}/**`, { timeout: stepMs })
    return { page, close: visitor.close }
  }

  before(async () => {
    engine = await openEngine()
    const images = { orrery: await orreryImage(engine), notebook: await notebookImage(engine) }
    folder = await mkdtemp(join(tmpdir(), 'tutorial-'))
    await chmod(folder, 0o755)
    await mkdir(join(folder, 'conf.d'))
    await cp(root, join(folder, 'origin'), { recursive: true, filter: (path) => !notPartOfAClone.has(basename(path)) })
    await writeFile(join(folder, 'cwd'), folder)
    await writeFile(join(folder, 'machine.sh'), shellOfThisMachine)
    port = await freePort()
    const listenAt = { host: engine.gateway, port: await freePort() }
    const tls = createSelfSigned([engine.gateway], new Date())
    github = await startFakeGithub({ application: { callbackUrl: callback }, listen: listenAt, tls })
    await writeFile(join(folder, 'origin/deploy/compose/secrets/github.pem'), tls.cert)
    github.world.people.push(personOf(2001, 'carol'))
    // What is different here from the machine of somebody who reads the page: other work on it, images that are built already, another GitHub.
    const here = {
      ORRERY_NAME: name,
      ORRERY_IMAGE: images.orrery,
      ORRERY_ENGINE_SOCKET: engine.socketPath,
      ORRERY_SPAWNER_PREFIX: name,
      ORRERY_SPAWNER_PULL_POLICY: 'never',
      ORRERY_SPAWNER_STOP_TIMEOUT_SECONDS: '3',
      // JupyterLab takes its time on a machine that runs other tests too.
      ORRERY_SPAWNER_HTTP_TIMEOUT_SECONDS: '120',
      ORRERY_SPAWNER_START_TIMEOUT_SECONDS: '180',
      DOCKER_NETWORK_NAME: `${name}-net`,
      DOCKER_NOTEBOOK_IMAGE: images.notebook,
      COMPOSE_PROJECT_NAME: name,
      GITHUB_URL: github.url,
      NODE_EXTRA_CA_CERTS: '/etc/orrery/secrets/github.pem',
    }
    const lines = Object.entries(here).map(([key, value]) => `${key}=${value}\n`)
    await appendFile(join(folder, 'origin/deploy/compose/.env.example'), lines.join(''))
    begun.at = performance.now()
  })
  after(async () => {
    await browser?.close()
    await nginx?.stop()
    await type('docker compose down --volumes').catch(() => '')
    await sweepCompose(engine, name)
    await github?.close()
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('clone, three values, a list of people, docker compose up: the sign-in page is there', async () => {
    const [clone, values, people, up, proxy] = blocks
    for (const block of [clone, values, people, up, proxy]) await type(block)
    const conf = await readFile(join(folder, 'conf.d', 'orrery.conf'), 'utf8')
    nginx = await startNginx(`http://127.0.0.1:${port}`, () => conf.replaceAll(`127.0.0.1:${port}`, '127.0.0.1:8000'))
    await hubAnswers()
  })

  test('an administrator signs in with GitHub, a container starts while its page tells how far it is, and a cell runs', async (t) => {
    browser = await openChromium({ hostRules: `MAP hub.example.org 127.0.0.1:${nginx.port}` })
    const page = browser.context.pages()[0] ?? (await browser.context.newPage())
    const sockets: string[] = []
    page.on('websocket', (socket) => socket.on('framereceived', () => void sockets.push(socket.url())))
    await page.goto(`${origin}/`)
    await page.getByText('Continue with GitHub').click()
    await page.locator('#as-alice').click()
    await page.waitForURL(`${origin}/**`, { timeout: stepMs })
    await page.goto(`${origin}/hub/home`)
    const xsrf = (await browser.context.cookies()).find((cookie) => cookie.name === '_xsrf')?.value ?? ''
    const events = Seen.parse(await page.evaluate(startAndListen, { server: '/hub/api/users/alice/server', xsrf }))
    const ready = events.findIndex(({ text }) => text.includes('"ready":true'))
    const [first, last] = [events[0]?.at ?? 0, events[ready]?.at ?? 0]
    if (ready === -1) throw new Error(`${JSON.stringify(events)}\n${await logs()}`)
    assert.ok(ready > 1 && last - first > 300, `progress comes as it happens, not in one lump: ${JSON.stringify(events)}`)
    await page.goto(`${origin}/user/alice/lab`)
    await awaitLab(page)
    await newNotebook(page)
    assert.equal(await runCell(page, '6*7'), '42')
    t.diagnostic(`from git clone to the first cell: ${((performance.now() - begun.at) / 1000).toFixed(1)} s, images there, without reading`)
    assert.ok(
      sockets.some((url) => url.startsWith('wss://hub.example.org/user/alice/api/kernels/')),
      'the kernel talks over a WebSocket',
    )
    assert.equal((await page.goto(`${origin}/hub/admin`))?.status(), 200)
  })

  test('somebody who is not on the list is told so; a line in the file lets them in, without a restart', async () => {
    const refused = await visit('carol')
    assert.match(await refused.page.content(), /carol is not on the list/)
    await refused.close()
    await type(blocks[5])
    const admitted = await visit('carol')
    try {
      await until(
        async () => (await admitted.page.goto(`${origin}/hub/home`))?.status() === 200 && admitted.page.url().endsWith('/hub/home'),
      )
      assert.match(await admitted.page.content(), /carol/)
      assert.equal((await admitted.page.goto(`${origin}/hub/admin`))?.status(), 403)
    } finally {
      await admitted.close()
    }
  })

  test('the log, a backup, a restart of the hub and a restore are as the pages say, and the notebook is still there', async () => {
    const said = await type(blocks[6])
    assert.match(said, /Wrote \/data\/backup\.orrery: 2 people/)
    await hubAnswers()
    await type(blocksIn(readPage(join(root, 'docs/howto/backup.md')), 'sh')[3])
    await hubAnswers()
    const page = browser.context.pages()[0] ?? assert.fail('no tab')
    await page.goto(`${origin}/user/alice/lab/tree/Untitled.ipynb`)
    await page.locator('.jp-NotebookPanel').first().waitFor({ timeout: stepMs })
    assert.equal(blocks.length, 7)
  })
})

/** What a page has, and this machine has otherwise: the newer compose is the older one, root needs no sudo, and nginx is started by the test. */
const shellOfThisMachine = `
docker() {
  if [ "$1" = compose ] && ! command docker compose version > /dev/null 2>&1; then shift; command docker-compose "$@"; else command docker "$@"; fi
}
git() { [ "$1" = clone ] && cp -r "$2" "$3"; }
sudo() { "$@"; }
nginx() { [ "$*" = -t ]; }
systemctl() { [ "$*" = 'reload nginx' ]; }
`

/** Runs in a page: starts a server, and notes when each part of its progress arrives. */
async function startAndListen({ server, xsrf }: { server: string; xsrf: string }): Promise<readonly { at: number; text: string }[]> {
  const started = fetch(`${server}?_xsrf=${xsrf}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  const seen: { at: number; text: string }[] = []
  for (;;) {
    const answer = await fetch(`${server}/progress?_xsrf=${xsrf}`, { headers: { accept: 'text/event-stream' } })
    const reader = answer.ok ? answer.body?.pipeThrough(new TextDecoderStream()).getReader() : undefined
    for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read())
      seen.push({ at: performance.now(), text: part.value })
    if (seen.length > 0) break
  }
  await started
  return seen
}
