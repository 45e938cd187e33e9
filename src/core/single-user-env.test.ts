import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillTemplate, singleUserEnvironment, wishesEnvironment } from './single-user-env.ts'

const facts = {
  userName: 'alice',
  serverName: '',
  apiToken: '8fc02fa8f5ea4c948a6d6f5743661708',
  baseUrl: '/',
  apiUrl: 'http://127.0.0.1:8081/hub/api',
  publicOrigin: null,
  clientAllowedScopes: [],
  cookieHostPrefix: false,
  cookieOptions: null,
}
const noWishes = {
  notebookDir: '',
  defaultUrl: '',
  debug: false,
  disableUserConfig: false,
  memLimit: undefined,
  memGuarantee: undefined,
  cpuLimit: undefined,
  cpuGuarantee: undefined,
}

test('the environment of a default server is complete', () => {
  assert.deepEqual(singleUserEnvironment(facts), {
    JUPYTERHUB_API_TOKEN: '8fc02fa8f5ea4c948a6d6f5743661708',
    JPY_API_TOKEN: '8fc02fa8f5ea4c948a6d6f5743661708',
    JUPYTERHUB_CLIENT_ID: 'jupyterhub-user-alice',
    JUPYTERHUB_HOST: '',
    JUPYTERHUB_BASE_URL: '/',
    JUPYTERHUB_API_URL: 'http://127.0.0.1:8081/hub/api',
    JUPYTERHUB_ACTIVITY_URL: 'http://127.0.0.1:8081/hub/api/users/alice/activity',
    JUPYTERHUB_SERVICE_PREFIX: '/user/alice/',
    JUPYTERHUB_OAUTH_CALLBACK_URL: '/user/alice/oauth_callback',
    JUPYTERHUB_USER: 'alice',
    JUPYTERHUB_SERVER_NAME: '',
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: '["access:servers!server=alice/", "access:servers!user=alice"]',
    JUPYTERHUB_OAUTH_SCOPES: '["access:servers!server=alice/", "access:servers!user=alice"]',
    JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES: '[]',
    JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED: '0',
    JUPYTERHUB_PUBLIC_URL: '',
    JUPYTERHUB_PUBLIC_HUB_URL: '',
  })
})

test('a named server of a user with an unusual name gets its names raw, its paths escaped, and its lists in ASCII', () => {
  const environment = singleUserEnvironment({ ...facts, userName: 'üser one@x', serverName: 'my-srv', baseUrl: '/pre/' })
  assert.equal(environment['JUPYTERHUB_USER'], 'üser one@x')
  assert.equal(environment['JUPYTERHUB_SERVER_NAME'], 'my-srv')
  assert.equal(environment['JUPYTERHUB_SERVICE_PREFIX'], '/pre/user/%C3%BCser%20one@x/my-srv/')
  assert.equal(environment['JUPYTERHUB_OAUTH_CALLBACK_URL'], '/pre/user/%C3%BCser%20one@x/my-srv/oauth_callback')
  assert.equal(environment['JUPYTERHUB_ACTIVITY_URL'], 'http://127.0.0.1:8081/hub/api/users/%C3%BCser%20one@x/activity')
  const scopes = environment['JUPYTERHUB_OAUTH_ACCESS_SCOPES'] ?? ''
  assert.equal(scopes, String.raw`["access:servers!server=\u00fcser one@x/my-srv", "access:servers!user=\u00fcser one@x"]`)
  assert.deepEqual(JSON.parse(scopes), ['access:servers!server=üser one@x/my-srv', 'access:servers!user=üser one@x'])
})

test('a public origin and cookie options reach the server', () => {
  const environment = singleUserEnvironment({
    ...facts,
    publicOrigin: 'https://hub.example.org',
    cookieHostPrefix: true,
    cookieOptions: { samesite: 'Lax' },
  })
  assert.equal(environment['JUPYTERHUB_PUBLIC_URL'], 'https://hub.example.org/user/alice/')
  assert.equal(environment['JUPYTERHUB_PUBLIC_HUB_URL'], 'https://hub.example.org/hub/')
  assert.equal(environment['JUPYTERHUB_HOST'], 'https://hub.example.org')
  assert.equal(environment['JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED'], '1')
  assert.deepEqual(JSON.parse(environment['JUPYTERHUB_COOKIE_OPTIONS'] ?? ''), { samesite: 'Lax' })
})

test('a server with a host of its own is told its own address and callback, and the host of the hub', () => {
  const environment = singleUserEnvironment({
    ...facts,
    baseUrl: '/pre/',
    subdomainHost: 'https://hub.example.org:8443',
    publicOrigin: 'https://hub.example.org:8443',
    serverName: 'lab',
  })
  const own = 'https://alice.hub.example.org:8443/pre/user/alice/lab/'
  assert.equal(environment['JUPYTERHUB_PUBLIC_URL'], own)
  assert.equal(environment['JUPYTERHUB_OAUTH_CALLBACK_URL'], `${own}oauth_callback`)
  assert.equal(environment['JUPYTERHUB_SERVICE_PREFIX'], '/pre/user/alice/lab/')
  assert.equal(environment['JUPYTERHUB_HOST'], 'https://hub.example.org:8443')
  assert.equal(environment['JUPYTERHUB_PUBLIC_HUB_URL'], 'https://hub.example.org:8443/pre/hub/')
})

test('options that say nothing add no variable', () => {
  assert.deepEqual(wishesEnvironment(noWishes, 'alice', '/user/alice/'), {})
})

test('options become variables, with names filled in and the tilde left alone', () => {
  const wishes = {
    ...noWishes,
    notebookDir: '~/{username}',
    defaultUrl: '{base_url}x',
    debug: true,
    disableUserConfig: true,
    memLimit: 1_073_741_824,
    memGuarantee: 5,
    cpuLimit: 0.5,
    cpuGuarantee: 2,
  }
  assert.deepEqual(wishesEnvironment(wishes, 'alice', '/user/alice/'), {
    JUPYTERHUB_ROOT_DIR: '~/alice',
    JUPYTERHUB_DEFAULT_URL: '/user/alice/x',
    JUPYTERHUB_DEBUG: '1',
    JUPYTERHUB_DISABLE_USER_CONFIG: '1',
    MEM_LIMIT: '1073741824',
    MEM_GUARANTEE: '5',
    CPU_LIMIT: '0.5',
    CPU_GUARANTEE: '2',
  })
})

test('what a template brings in is not expanded again, and unknown places stay', () => {
  assert.equal(fillTemplate('/{username}/{other}/{__proto__}', { username: '{slug}', slug: 'no' }), '/{slug}/{other}/{__proto__}')
})
