import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { blocksIn, readPage, root } from './page.ts'
import { openReader } from './reader.ts'

const images = readPage(join(root, 'docs/howto/images.md'))
const moving = readPage(join(root, 'docs/howto/move-from-jupyterhub.md'))
const example = readFileSync(join(root, 'deploy/compose/.env.example'), 'utf8')
/** Stands for programs that this test does not run: tells what it was asked. */
const recorded = (...names: readonly string[]): string => names.map((name) => `${name}() { echo "asked ${name} $*"; }`).join('\n')

/** Tables of a JupyterHub 5, with one person. */
const peer = `
create table alembic_version (version_num text); insert into alembic_version values ('4621fec11365');
create table users (id integer, name text, admin integer); insert into users values (1, 'ann-lee', 1);
create table groups (id integer, name text, properties text); create table user_group_map (user_id integer, group_id integer);
create table roles (id integer, name text, description text, scopes text);
create table user_role_map (role_id integer, user_id integer); create table group_role_map (role_id integer, group_id integer);
create table spawners (id integer, user_id integer, name text, user_options text, server_id integer);
create table api_tokens (id integer, user_id integer, hashed text, prefix text, client_id text, scopes text, note text, created text, expires_at text);`

test('images.md: what is built is there, and a variable that is set is one of the compose file', async () => {
  const [choose, build, own, any, ...more] = blocksIn(images, 'sh')
  assert.deepEqual(more, [])
  const [variable = ''] = /[A-Z_]+(?==)/.exec(choose ?? '') ?? []
  assert.ok(example.includes(`\n${variable}=`), variable)
  const reader = await openReader()
  try {
    await reader.type(
      `${recorded('docker', 'python3')}\nHOME=$PWD && mkdir -p envs/mine/bin && ln -s /bin/true envs/mine/bin/pip && ln -s /bin/true envs/mine/bin/python`,
    )
    await reader.type(choose ?? '')
    assert.match(await reader.type(build ?? ''), /asked docker build -t course-2026:1 \./)
    assert.match(await reader.type(own ?? ''), /asked python3 -m venv/)
    const asked = await reader.type(any ?? '')
    const folder = /(\S+)\n/.exec(asked)?.[1] ?? ''
    const dockerfile = readFileSync(join(root, folder, 'Dockerfile'), 'utf8')
    for (const [, argument = ''] of asked.matchAll(/--build-arg (\w+)=/g)) assert.match(dockerfile, new RegExp(`^ARG ${argument}=`, 'm'))
  } finally {
    await reader.close()
  }
})

test('images.md: every image of a Dockerfile has a tag with a date, and so has the one of .env', () => {
  const bases = [...blocksIn(images, 'dockerfile'), ...blocksIn(images, 'sh')].flatMap((text) =>
    [...text.matchAll(/quay\.io\/jupyter\/\S+/g)].map(([name]) => name),
  )
  assert.ok(bases.length >= 3)
  for (const name of bases) assert.match(name, /:\d{4}-\d\d-\d\d'?$/)
})

test('move-from-jupyterhub.md: the lines that go on are known to the program, and the import takes over people', async () => {
  const [volumes, copy, take, ...more] = blocksIn(moving, 'sh')
  assert.deepEqual(more, [])
  const options = readFileSync(join(root, 'docs/reference/options.md'), 'utf8')
  for (const name of [
    'GITHUB_CLIENT_ID',
    'GITHUB_CLIENT_SECRET',
    'OAUTH_CALLBACK_URL',
    'JUPYTERHUB_CRYPT_KEY',
    'CONFIGPROXY_AUTH_TOKEN',
    'DOCKER_NETWORK_NAME',
    'DOCKER_NOTEBOOK_IMAGE',
    'DOCKER_NOTEBOOK_DIR',
    'DOCKER_SPAWN_CMD',
    'JUPYTERHUB_ADMIN',
  ])
    assert.ok(moving.prose.includes(`\`${name}\``) && options.includes(`\`${name}\``), name)
  const reader = await openReader()
  try {
    const old = new DatabaseSync(join(reader.folder, 'jupyterhub.sqlite'))
    old.exec(peer)
    old.close()
    await reader.type(recorded('docker'))
    await reader.type(volumes ?? '')
    const [, value = ''] = /^ORRERY_SPAWNER_VOLUMES=(.*)$/m.exec(readFileSync(join(reader.folder, '.env'), 'utf8')) ?? []
    const checked = await reader.type(`ORRERY_SPAWNER_CMD= ORRERY_SPAWNER_KIND=docker ORRERY_SPAWNER_VOLUMES='${value}' bin/orrery check`)
    assert.match(checked, /spawner\.volumes = .*jupyterhub-user-\{username\}/)
    assert.match(await reader.type(copy ?? ''), /asked docker run --rm -v jupyterhub-user-ann-2dlee:/)
    assert.match(await reader.type(take ?? ''), /Would take over: 1 people.*Nothing was kept[\s\S]*Took over: 1 people/)
    assert.match(await reader.type('bin/orrery user list'), /ann-lee +admin/)
  } finally {
    await reader.close()
  }
})

test('docker.ko.md has the commands of docker.md', () => {
  const commands = (name: string): readonly string[] => blocksIn(readPage(join(root, 'docs/tutorial', name)), 'sh')
  assert.deepEqual(commands('docker.ko.md'), commands('docker.md'))
})

test('the copied command of the page leads to the folder that the hub of the compose file sees', () => {
  const compose = readFileSync(join(root, 'deploy/compose/docker-compose.yml'), 'utf8')
  assert.match(compose, /- \.:\/etc\/orrery:ro/)
  assert.ok(moving.spans.some((span) => span.endsWith('--db sqlite:////etc/orrery/jupyterhub.sqlite')))
  assert.ok(existsSync(join(root, 'deploy/compose/secrets')))
})
