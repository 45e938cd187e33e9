import assert from 'node:assert/strict'
import { access, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { needs, toolPath } from '../support/machine.ts'
import { freshPostgresUrl } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { createVisitor } from '../support/visitor.ts'
import { admin } from '../support/orrery.ts'
import { blocksIn, readPage, root } from './page.ts'
import { openReader, writeConfig } from './reader.ts'
import type { Reader } from './reader.ts'

const page = (path: string) => readPage(join(root, 'docs', path))
const password = 'three green trees'
const firstAdmin = { ORRERY_ADMIN_USER: admin.name, ORRERY_ADMIN_PASSWORD: admin.password }

/** Runs the work with a reader who is gone afterwards. */
async function reading(work: (reader: Reader) => Promise<void>, ...how: Parameters<typeof openReader>): Promise<void> {
  const reader = await openReader(...how)
  try {
    await work(reader)
  } finally {
    await reader.close()
  }
}

const linkIn = (text: string, kind: 'setup' | 'invite'): string =>
  new RegExp(`/hub/${kind}\\?token=\\w+`).exec(text)?.[0] ?? assert.fail(text)

/** Fills in the page of a set-up or invitation link. */
async function choosePassword(reader: Reader, link: string, username: string): Promise<void> {
  const visitor = createVisitor(reader.url)
  await visitor.get(link)
  const [path = '', token = ''] = link.split('?token=')
  const reply = await visitor.post(path, { token, username, password, password_confirmation: password })
  assert.equal(reply.status, 303, await reply.text())
}

async function startsServer(reader: Reader, name: string): Promise<void> {
  const visitor = createVisitor(reader.url)
  await visitor.signIn(name, password)
  assert.equal((await visitor.api('POST', `/users/${name}/server`)).status, 201)
}

test('first-hub.md: from the first start to a class that signs in, with named servers, and to the end', async () => {
  await reading(async (reader) => {
    const [start, forAll, invite, named, again, stopping, ...more] = blocksIn(page('tutorial/first-hub.md'), 'sh')
    assert.deepEqual(more, [])
    await reader.type(start ?? '')
    await choosePassword(reader, linkIn(await reader.said(), 'setup'), 'prof')
    await startsServer(reader, 'prof')
    await reader.type(forAll ?? '')
    const links = await reader.type(invite ?? '')
    assert.ok(links.includes(`http://127.0.0.1:${reader.port}/hub/invite`))
    await choosePassword(reader, linkIn(links, 'invite'), 'ada')
    await startsServer(reader, 'ada')
    await reader.type(named ?? '')
    await reader.type(again ?? '')
    const visitor = createVisitor(reader.url)
    await visitor.signIn('ada', password)
    assert.match((await visitor.get('/hub/home')).text, /Another server/)
    assert.equal((await (await visitor.api('GET', '/users/ada')).text()).includes('"ready":true'), true, 'the server outlived two restarts')
    await reader.type(stopping ?? '')
    await reader.stop()
    assert.match(await reader.said(), /server\.stopped/)
    assert.deepEqual((await readdir(join(reader.folder, 'orrery-data', 'homes'))).toSorted(), ['ada', 'prof'])
  })
})

test('first-hub.ko.md has the commands of first-hub.md', () => {
  assert.deepEqual(blocksIn(page('tutorial/first-hub.ko.md'), 'sh'), blocksIn(page('tutorial/first-hub.md'), 'sh'))
})

test('configure.md: init and check, the environment, secrets in files', async () => {
  await reading(async (reader) => {
    const [init, environment, secrets, ...more] = blocksIn(page('howto/configure.md'), 'sh')
    assert.deepEqual(more, [])
    assert.match(await reader.type(init ?? ''), /orrery\.config\.ts/)
    assert.match(await reader.type(environment ?? ''), /access\.adminUsers = .*grace/)
    await writeFile(join(reader.folder, 'admin-password'), `${password}\n`, { mode: 0o600 })
    const checked = await reader.type(secrets ?? '')
    assert.ok(checked.includes('hub.adminPassword') && !checked.includes(password), checked)
  })
})

test('accounts.md: invitations, passwords and removal, while the hub runs', async () => {
  const [invite, withPassword, passwords, remove, files, ...more] = blocksIn(page('howto/accounts.md'), 'sh')
  assert.deepEqual(more, [])
  const work = async (reader: Reader): Promise<void> => {
    await writeConfig(reader, blocksIn(page('howto/accounts.md'), 'ts')[0])
    await reader.type('bin/orrery start')
    assert.match(await reader.type(invite ?? ''), /grace +admin/)
    await reader.type(withPassword ?? '')
    await startsServer(reader, 'edsger')
    await reader.type(passwords ?? '')
    await assert.rejects(startsServer(reader, 'edsger'), /403/)
    await mkdir(join(reader.folder, 'orrery-data', 'homes', 'grace'), { recursive: true })
    await reader.type(remove ?? '')
    assert.ok(!(await reader.type('bin/orrery user list')).includes('grace'))
    assert.match(await reader.type(files ?? ''), /\bgrace\/1\b[\s\S]*archive\/countess-\w+\.tar\.gz/)
    assert.match((await createVisitor(reader.url).get('/hub/login')).text, /Ask for one/)
  }
  await reading(work, {}, firstAdmin)
})

test(
  'own-accounts.md: a hub that runs as root starts with the configuration',
  { skip: process.getuid?.() !== 0 && 'only root may' },
  async () => {
    const own = page('howto/own-accounts.md')
    // Making accounts and a folder for everybody is left to those who read; src/spawners/process/system-account.test.ts runs servers as accounts.
    const [install, start, ...more] = blocksIn(own, 'sh')
    assert.deepEqual(more, [])
    const requirements = /-r (\S+)/.exec(install ?? '')?.[1] ?? ''
    await access(join(root, requirements))
    await reading(async (reader) => {
      await writeConfig(reader, blocksIn(own, 'ts')[0])
      assert.match(await reader.type(start ?? ''), /spawner\.systemUsers = true/)
    })
  },
)

/** As when PostgreSQL is restarted. */
const breakConnections = `psql "$(cat database-url)" --quiet --command '
  select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()'`

test('postgres.md: a hub on PostgreSQL, and its backup', needs('postgresql'), async () => {
  const [, address, status, backup, ...more] = blocksIn(page('howto/postgres.md'), 'sh')
  assert.deepEqual(more, [])
  const postgres = page('howto/postgres.md')
  const work = async (reader: Reader): Promise<void> => {
    await reader.type(`PATH=${dirname(toolPath('postgresql'))}:$PATH`)
    await reader.type(address ?? '')
    await writeConfig(reader, blocksIn(postgres, 'ts')[0])
    assert.match(await reader.type('bin/orrery db status'), /postgres/)
    assert.match(await reader.type(status ?? ''), /up to date/)
    await reader.type('bin/orrery start')
    await reader.type(breakConnections)
    await createVisitor(reader.url).signIn(admin.name, admin.password)
    await until(async () => (await reader.said()).includes('database.connection_lost'))
    await reader.type(backup ?? '')
    assert.ok((await stat(join(reader.folder, 'orrery.dump'))).size > 1_000)
    const kept = await readdir(join(reader.folder, 'orrery-data'))
    assert.ok(kept.includes('vault-key') && !kept.includes('orrery.sqlite'), kept.join(' '))
  }
  await reading(work, { 'postgres://orrery:PASSWORD@127.0.0.1/orrery': await freshPostgresUrl() }, firstAdmin)
})

test('operate.md: signs of life, and what the data directory holds', async () => {
  const [health, ...more] = blocksIn(page('howto/operate.md'), 'sh')
  assert.deepEqual(more, [])
  await reading(async (reader) => {
    await reader.type('bin/orrery start')
    await choosePassword(reader, linkIn(await reader.said(), 'setup'), 'prof')
    await startsServer(reader, 'prof')
    await reader.type(health ?? '')
    await assertDescribed(join(reader.folder, 'orrery-data'))
  })
})

const fromCron = { '/srv/orrery/data': '../orrery-data', '/opt/orrery/': '../' }

test('backup.md: a backup, a restore into nothing, and one in the place of what is there', async () => {
  // The last one is typed by test/docker/tutorial.test.ts.
  const [backup, restore, replace, , ...more] = blocksIn(page('howto/backup.md'), 'sh')
  assert.deepEqual(more, [])
  await reading(async (reader) => {
    await reader.type('bin/orrery start')
    await choosePassword(reader, linkIn(await reader.said(), 'setup'), 'prof')
    await startsServer(reader, 'prof')
    await reader.type(backup ?? '')
    await reader.type(`mkdir srv\n(${(blocksIn(page('howto/backup.md'), 'cron')[0] ?? '').replace('15 3 * * *', '')})`)
    assert.ok((await readdir(join(reader.folder, 'srv'))).includes('latest.orrery'))
    await reader.type('bin/orrery user add latecomer')
    await reader.stop()
    await reader.type(replace ?? '')
    await assertDescribed(join(reader.folder, 'orrery-data'))
    await reader.type('bin/orrery start')
    assert.ok(!(await reader.type('bin/orrery user list')).includes('latecomer'))
    const visitor = createVisitor(reader.url)
    await visitor.signIn('prof', password)
    assert.match(await (await visitor.api('GET', '/users/prof')).text(), /"ready":true/, 'the server was taken over')
    await visitor.api('DELETE', '/users/prof/server')
    await reader.stop()
    await reader.type('mv orrery-data gone')
    await reader.type(restore ?? '')
    assert.match(await reader.type('bin/orrery user list'), /prof/)
  }, fromCron)
})

/** Every entry is in the table of operate.md, and nobody else may look into it. */
async function assertDescribed(dataDir: string): Promise<void> {
  const { prose } = page('howto/operate.md')
  const table = prose.slice(prose.indexOf('| entry |'), prose.indexOf('[Back up and restore]'))
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700)
  for (const name of await readdir(dataDir)) {
    const short = name
      .replace(/^orrery\.sqlite-/, '-')
      .replace(/^supervisor\..*/, 'supervisor.*')
      .replace(/^(before-restore-).*/, '$1…')
    assert.ok(table.includes(`\`${short}\``) || table.includes(`\`${short}/\``), name)
    const { mode } = await stat(join(dataDir, name))
    assert.equal(mode & 0o077, 0, name)
  }
}

test('api.md: a token, a server by curl, its events, and a token that may only read', async () => {
  const [token, start, follow, use, few, ...more] = blocksIn(page('howto/api.md'), 'sh')
  assert.deepEqual(more, [])
  const work = async (reader: Reader): Promise<void> => {
    await reader.type('bin/orrery start')
    await reader.type('bin/orrery user add ada')
    assert.match(await reader.type(token ?? ''), /"name":"ada"/)
    assert.match(await reader.type(start ?? ''), /^HTTP\/1\.1 201 /m)
    assert.match(await reader.type(follow ?? ''), /^id: \d+\ndata: \{"progress":100,"ready":true/m)
    assert.match(await reader.type(use ?? ''), /"JUPYTERHUB_USER":"ada"/)
    assert.match(await reader.type(few ?? ''), /"name":"ada"[\s\S]*"code":"scope_missing"/)
  }
  await reading(work, {}, firstAdmin)
})
