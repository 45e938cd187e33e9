import type { ErrorRecord } from '../../src/core/errors.ts'
import { outOfMemory } from '../../src/core/out-of-memory.ts'
import { profilesSchema } from '../../src/core/profile-schema.ts'
import type { Html } from '../../src/web/html.ts'
import type { Locale } from '../../src/web/i18n.ts'
import { createUi } from '../../src/web/ui.ts'
import type { NavEntry, Theme, Ui } from '../../src/web/ui.ts'
import { accountPage } from '../../src/web/views/account.ts'
import { addPeoplePage } from '../../src/web/views/admin/add-people.ts'
import { healthPage } from '../../src/web/views/admin/health.ts'
import { peoplePage } from '../../src/web/views/admin/people.ts'
import type { People } from '../../src/web/views/admin/people.ts'
import { invitedPage, personPage } from '../../src/web/views/admin/person.ts'
import type { KeptImage } from '../../src/core/kept-image.ts'
import { leftFilesPage } from '../../src/web/views/admin/left-files.ts'
import type { LeftFilesList, LeftFilesRow } from '../../src/web/views/admin/left-files.ts'
import { removePersonPage } from '../../src/web/views/admin/remove-person.ts'
import { serverLogPage, serversPage } from '../../src/web/views/admin/servers.ts'
import { authorizePage } from '../../src/web/views/authorize.ts'
import { errorPage } from '../../src/web/views/error.ts'
import { failedPage } from '../../src/web/views/failed.ts'
import { homePage } from '../../src/web/views/home.ts'
import { logInPage } from '../../src/web/views/log-in.ts'
import type { LogIn } from '../../src/web/views/log-in.ts'
import { logOutPage } from '../../src/web/views/log-out.ts'
import { askedPage, invitationPage, setUpPage, signUpPage } from '../../src/web/views/new-account.ts'
import { notRunningPage, pendingPage, stoppingPage } from '../../src/web/views/pending.ts'
import { spawnPage } from '../../src/web/views/spawn.ts'
import type { Spawn } from '../../src/web/views/spawn.ts'
import { tokensPage } from '../../src/web/views/tokens.ts'
import { ago, events, galleryNow, hostileNames, people, server, serverLog, usage } from './gallery-data.ts'

/** One example of a page. */
export type Example = {
  readonly name: string
  readonly signedIn: 'nobody' | 'person' | 'admin'
  readonly nav: NavEntry | null
  render(ui: Ui): Html
}

/** How an example is looked at. */
export type Look = { readonly locale: Locale; readonly theme: Theme; readonly userName?: string; readonly asset?: (name: string) => string }

/** The `Ui` of an example. */
export function uiFor(example: Pick<Example, 'signedIn' | 'nav'>, look: Look): Ui {
  const user = example.signedIn === 'nobody' ? null : { name: look.userName ?? 'alice', admin: example.signedIn === 'admin' }
  return createUi({
    locale: look.locale,
    theme: look.theme,
    canSwitch: true,
    baseUrl: '/',
    hubPrefix: '/hub/',
    xsrf: 'example-xsrf-token',
    user,
    nav: example.nav,
    here: '/hub/home',
    asset: look.asset ?? ((name) => `/hub/static/v/${name}`),
    now: galleryNow,
  })
}

const wrong: ErrorRecord = { code: 'sign_in_failed', detail: {} }
const memory = outOfMemory({ limitBytes: 4 * 2 ** 30, usedBytes: 6.1 * 2 ** 30, at: ago(180) })
const larger = { name: 'large', title: 'Large (16 GB)' }
const died: ErrorRecord = { code: 'server_died', detail: { exitCode: 1 } }
const password = { form: 'password', kind: 'native', title: 'Local account' } as const
const github = { form: 'redirect', kind: 'github', title: 'GitHub', url: '/hub/oauth_login?next=%2Fhub%2Fhome' } as const
const logIn: LogIn = { choices: [password], next: null, userName: '', error: null, notice: null, signUp: null }
const half = events(
  [
    ['queued', 0],
    ['preparing', 4.1],
    ['creating', 0.2],
    ['booting', 0.4],
  ],
  8.6,
)
const pull = { bytesDone: 2.1e9, bytesTotal: 5e9, layersDone: 6, layersTotal: 14 }
const pulling = events(
  [
    ['queued', 0],
    ['preparing', 0.3],
    ['pulling', 0.2, pull],
  ],
  42,
)
const broken = events(
  [
    ['queued', 0],
    ['preparing', 0.1],
    ['creating', 0.4],
    ['booting', 0.3],
    ['failed', 21],
  ],
  200,
)

const spawn: Spawn = {
  server: server({ kind: 'stopped' }),
  profiles: profilesSchema.parse([
    { name: 'small', displayName: 'Small', description: 'For reading and writing.', memLimit: '1G', cpuLimit: 0.5 },
    {
      name: 'research',
      displayName: 'Research',
      description: 'For longer work with larger data.',
      memLimit: '16G',
      cpuLimit: 4,
      fields: {
        stack: { kind: 'choice', label: 'Software', choices: { py: { label: 'Python' }, r: { label: 'R' } }, variable: 'STACK' },
        memory: { kind: 'number', label: 'Memory', min: 1, max: 16, default: 4, sets: 'memLimit' },
        branch: {
          kind: 'text',
          label: 'Branch of the course',
          description: 'Small letters only.',
          pattern: '^[a-z]{1,20}$',
          default: 'main',
          variable: 'BRANCH',
        },
      },
    },
  ]),
  kept: [{ home: '/home/jovyan', keepsHome: true, paths: ['/data'] }],
  chosen: 'small',
  values: {},
  problems: [],
  error: null,
  next: null,
  newDisplayName: null,
}

const entrance: readonly Example[] = [
  { name: 'login', signedIn: 'nobody', nav: null, render: (ui) => logInPage(logIn, ui) },
  {
    name: 'login-wrong',
    signedIn: 'nobody',
    nav: null,
    render: (ui) => logInPage({ ...logIn, userName: 'alice', error: wrong, signUp: 'ask' }, ui),
  },
  {
    name: 'login-several',
    signedIn: 'nobody',
    nav: null,
    render: (ui) =>
      logInPage({ ...logIn, choices: [github, password], next: '/hub/home', notice: ui.t('login.passwordSet'), signUp: 'open' }, ui),
  },
  {
    name: 'login-two-forms',
    signedIn: 'nobody',
    nav: null,
    render: (ui) => logInPage({ ...logIn, choices: [password, { ...password, kind: 'dummy', title: 'Test account' }] }, ui),
  },
  {
    name: 'setup',
    signedIn: 'nobody',
    nav: null,
    render: (ui) => setUpPage({ token: 't', userName: '', error: null, minimumPasswordLength: 8 }, ui),
  },
  {
    name: 'signup',
    signedIn: 'nobody',
    nav: null,
    render: (ui) =>
      signUpPage(
        {
          userName: 'bob',
          error: { code: 'password_weak', detail: { reason: 'it is too short', minimum: 8 } },
          minimumPasswordLength: 8,
          approval: true,
        },
        ui,
      ),
  },
  { name: 'asked', signedIn: 'nobody', nav: null, render: (ui) => askedPage(ui) },
  {
    name: 'invitation',
    signedIn: 'nobody',
    nav: null,
    render: (ui) => invitationPage({ token: 't', userName: 'bob', choosesName: false, error: null, minimumPasswordLength: 8 }, ui),
  },
  { name: 'logout', signedIn: 'person', nav: null, render: (ui) => logOutPage(ui) },
]

const homeServers = [
  server({ usage }),
  server({ name: 'thesis-gpu', kind: 'starting', phase: 'booting', progress: 60, since: ago(9) }),
  server({
    name: 'stats-course',
    displayName: 'Statistics 통계',
    kind: 'stopped',
    lastActivity: ago(90_000),
    kept: { home: '/home/jovyan', keepsHome: false, paths: [] },
  }),
  server({ name: 'big', kind: 'failed', failure: memory, larger }),
  server({ name: 'old', kind: 'stopping' }),
]

const own: readonly Example[] = [
  {
    name: 'home',
    signedIn: 'admin',
    nav: 'home',
    render: (ui) =>
      homePage({ servers: homeServers, newServer: { name: '', used: 4, limit: 6 }, error: null, notice: 'server_stopped' }, ui),
  },
  {
    name: 'home-first',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      homePage({ servers: [server({ kind: 'stopped', since: null, lastActivity: null })], newServer: null, error: null, notice: null }, ui),
  },
  {
    name: 'home-full',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      homePage(
        {
          servers: [server({ usage: { ...usage, cpuLimit: null, memoryLimitBytes: null, disk: null, memoryKillAt: ago(300) } })],
          newServer: { name: '', used: 2, limit: 2 },
          error: { code: 'named_server_limit', detail: { user: 'alice', limit: 2 } },
          notice: null,
        },
        ui,
      ),
  },
  { name: 'spawn', signedIn: 'person', nav: 'home', render: (ui) => spawnPage(spawn, ui) },
  {
    name: 'spawn-wrong',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      spawnPage(
        {
          ...spawn,
          kept: [
            { home: null, keepsHome: true, paths: [] },
            { home: '/home/jovyan', keepsHome: false, paths: [] },
          ],
          chosen: 'research',
          values: { stack: 'r', memory: '99', branch: 'Main' },
          problems: [
            { field: 'memory', reason: 'it is outside the range', expected: '1 … 16' },
            { field: 'branch', reason: 'it does not fit the pattern', expected: '^[a-z]{1,20}$' },
          ],
          error: { code: 'profile_unknown', detail: { profile: 'old', allowed: 'small, research' } },
        },
        ui,
      ),
  },
  {
    name: 'pending',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      pendingPage(
        {
          server: server({
            kind: 'starting',
            phase: 'booting',
            progress: 60,
            kept: { home: '/home/jovyan', keepsHome: false, paths: ['/home/jovyan/work'] },
          }),
          startedAt: ago(9),
          events: half,
          log: serverLog,
          usualMs: 6_400,
        },
        ui,
      ),
  },
  {
    name: 'pending-pulling',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      pendingPage(
        {
          server: server({
            name: 'thesis-gpu',
            kind: 'starting',
            phase: 'pulling',
            progress: 42,
            kept: { home: '/home/jovyan', keepsHome: true, paths: [] },
          }),
          startedAt: ago(42),
          events: pulling,
          log: [],
          usualMs: null,
        },
        ui,
      ),
  },
  {
    name: 'stopping',
    signedIn: 'person',
    nav: 'home',
    render: (ui) => stoppingPage({ server: server({ kind: 'stopping' }), trouble: null }, ui),
  },
  {
    name: 'stop-waits',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      stoppingPage(
        {
          server: server({ kind: 'stopping' }),
          trouble: {
            since: ago(240),
            failure: { code: 'engine_unreachable', detail: { engine: 'unix:///var/run/docker.sock', reason: 'ECONNREFUSED' } },
          },
        },
        ui,
      ),
  },
  {
    name: 'not-running',
    signedIn: 'person',
    nav: 'home',
    render: (ui) => notRunningPage({ server: server({ kind: 'stopped' }), next: '/user/alice/lab/tree/a b.ipynb', implicitSeconds: 0 }, ui),
  },
  {
    name: 'failed',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      failedPage(
        {
          server: server({ name: 'thesis-gpu', kind: 'failed', larger }),
          failure: memory,
          at: ago(180),
          events: broken,
          log: [...serverLog, 'Killed'],
          attemptId: '7f3a91c2',
          exitCode: 137,
          next: null,
        },
        ui,
      ),
  },
  {
    name: 'died',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      failedPage(
        { server: server({ kind: 'failed' }), failure: died, at: ago(40), events: [], log: [], attemptId: null, exitCode: 1, next: null },
        ui,
      ),
  },
  {
    name: 'account',
    signedIn: 'person',
    nav: 'account',
    render: (ui) => accountPage({ sessions, waysIn, password: { minimumLength: 8, error: null }, notice: 'session_ended' }, ui),
  },
  {
    name: 'tokens',
    signedIn: 'person',
    nav: 'account',
    render: (ui) =>
      tokensPage(
        {
          tokens,
          made: { token: '3f9a1c…example…77be', note: 'nightly' },
          error: null,
          notice: null,
          maximumSeconds: null,
          form: { note: '', scopes: '' },
        },
        ui,
      ),
  },
  {
    name: 'tokens-none',
    signedIn: 'person',
    nav: 'account',
    render: (ui) =>
      tokensPage(
        {
          tokens: [],
          made: null,
          error: { code: 'scope_unknown', detail: { scope: 'read:everything' } },
          notice: null,
          maximumSeconds: 604_800,
          form: { note: 'nightly', scopes: 'read:everything' },
        },
        ui,
      ),
  },
  {
    name: 'authorize',
    signedIn: 'person',
    nav: null,
    render: (ui) =>
      authorizePage(
        {
          action: '/hub/api/oauth2/authorize?client_id=x',
          application: 'Grading service',
          destination: 'grading.example.org',
          scopes: [
            { scope: 'access:services!service=grading', doc: '' },
            { scope: 'read:users:name!user=alice', doc: '' },
          ],
          onlyIdentify: false,
        },
        ui,
      ),
  },
  {
    name: 'error-404',
    signedIn: 'person',
    nav: null,
    render: (ui) => errorPage({ status: 404, error: { code: 'not_found', detail: {} }, reference: null }, ui),
  },
  { name: 'error-503', signedIn: 'nobody', nav: null, render: (ui) => errorPage({ status: 503, error: null, reference: null }, ui) },
  {
    name: 'error-500',
    signedIn: 'person',
    nav: null,
    render: (ui) => errorPage({ status: 500, error: { code: 'internal', detail: { reference: 'a81f03d2' } }, reference: 'a81f03d2' }, ui),
  },
]

const agents = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
  'curl/8.5',
] as const
const waysIn = {
  password: true,
  identities: [
    { id: 1, service: 'GitHub', authenticator: 'github', login: 'alice-at-github', since: ago(90_000), only: false },
    { id: 2, service: null, authenticator: 'old-school', login: 'alice@school.example', since: ago(9_000_000), only: false },
  ],
  offers: [{ id: 'google', title: 'Google' }],
}
const sessions = agents.map((userAgent, index) => ({
  id: index + 1,
  current: index === 0,
  address: index === 1 ? '2001:db8::8a2e:370:7334' : '192.0.2.17',
  userAgent,
  createdAt: ago(86_400 * (index + 1)),
  lastSeenAt: ago(index * 4_000),
}))
const tokens = [
  {
    id: 1,
    note: 'nightly',
    application: null,
    scopes: ['inherit'],
    createdAt: ago(800_000),
    lastActivityAt: ago(3_000),
    expiresAt: ago(-2_000_000),
  },
  {
    id: 2,
    note: 'Server at /user/alice/',
    application: 'Server at /user/alice/',
    scopes: ['access:servers!server=alice/', 'users:activity!user=alice'],
    createdAt: ago(9_000),
    lastActivityAt: null,
    expiresAt: null,
  },
]

const keptImages: readonly KeptImage[] = [
  { reference: 'quay.io/jupyter/scipy-notebook:latest', state: 'present' },
  { reference: 'quay.io/jupyter/pytorch-notebook:cuda12-latest', state: 'pulling', bytesDone: 1_900_000_000, bytesTotal: 5_100_000_000 },
  {
    reference: 'registry.example.org/course/statistics:2026',
    state: 'failed',
    failure: {
      code: 'image_pull_denied',
      detail: { image: 'registry.example.org/course/statistics:2026', registry: 'registry.example.org' },
    },
    retryAt: ago(-240),
  },
  { reference: 'quay.io/jupyter/r-notebook:latest', state: 'waiting' },
]

const leftRow: LeftFilesRow = {
  id: 3,
  homeName: 'ada',
  userName: 'ada',
  place: 'ada/1',
  serverNames: [''],
  fate: 'archive',
  state: 'waiting',
  askedBy: 'user alice',
  askedAt: ago(3),
  archive: '/srv/orrery/archive/ada-20261123T091500000Z.tar.gz',
  archivedAt: null,
  found: { own: ['jupyter-home-ada'], leftAlone: [{ name: '/srv/course', why: 'shared' }] },
  failure: {
    code: 'files_archive_failed',
    detail: { user: 'ada', reason: 'ENOSPC: no space left on device, write', folder: '/srv/orrery/archive' },
  },
  failures: 2,
  retryAt: null,
}

const leftFilesData: LeftFilesList = {
  rows: [
    leftRow,
    {
      ...leftRow,
      id: 2,
      userName: 'grace',
      homeName: 'grace',
      place: 'grace/1',
      fate: 'keep',
      state: 'kept',
      archive: null,
      failure: null,
    },
    {
      ...leftRow,
      id: 1,
      userName: 'edsger',
      place: 'edsger/1',
      state: 'done',
      failure: null,
      archivedAt: ago(2),
      found: { own: [], leftAlone: [] },
    },
  ],
  notice: null,
}

const peopleData: People = {
  rows: people(14),
  slice: { total: 10_000, offset: 100, limit: 100 },
  search: '',
  state: '',
  sort: 'name',
  counts: { people: 10_000, running: 412, pending: 3 },
  hasLeftFiles: true,
  notice: null,
}
const person = {
  name: '김서연',
  admin: false,
  status: 'active',
  groups: ['physics-1', 'statistics'],
  createdAt: ago(9_000_000),
  lastActivity: ago(130),
  servers: homeServers.slice(0, 3),
  sessions: 2,
  self: false,
  invitations: true,
  notice: null,
} as const

const administration: readonly Example[] = [
  { name: 'people', signedIn: 'admin', nav: 'people', render: (ui) => peoplePage(peopleData, ui) },
  {
    name: 'people-none',
    signedIn: 'admin',
    nav: 'people',
    render: (ui) =>
      peoplePage(
        {
          ...peopleData,
          rows: [],
          slice: { total: 0, offset: 0, limit: 100 },
          search: 'zz',
          counts: { people: 12, running: 0, pending: 0 },
        },
        ui,
      ),
  },
  {
    name: 'person',
    signedIn: 'admin',
    nav: 'people',
    render: (ui) => personPage({ ...person, servers: person.servers.map((one) => ({ ...one, userName: '김서연' })) }, ui),
  },
  {
    name: 'person-pending',
    signedIn: 'admin',
    nav: 'people',
    render: (ui) =>
      personPage(
        {
          ...person,
          name: 'bob',
          status: 'pending',
          groups: [],
          servers: [server({ userName: 'bob', kind: 'stopped', since: null, lastActivity: null })],
          lastActivity: null,
          sessions: 0,
          notice: 'approved',
        },
        ui,
      ),
  },
  { name: 'left-files', signedIn: 'admin', nav: 'people', render: (ui) => leftFilesPage(leftFilesData, ui) },
  { name: 'remove-person', signedIn: 'admin', nav: 'people', render: (ui) => removePersonPage({ name: 'bob', runningServers: 2 }, ui) },
  {
    name: 'add-people',
    signedIn: 'admin',
    nav: 'people',
    render: (ui) => addPeoplePage({ names: 'bob\ncarol', invitations: true, error: null }, ui),
  },
  {
    name: 'invited',
    signedIn: 'admin',
    nav: 'people',
    render: (ui) =>
      invitedPage(
        {
          links: [
            { name: 'bob', url: 'https://hub.example.org/hub/invite?token=kq3PzT0mY5Wb8sXr' },
            { name: 'carol', url: 'https://hub.example.org/hub/invite?token=Zx81aLq0' },
          ],
          added: ['dave'],
          refused: [{ name: 'a/b', reason: 'it contains a slash' }],
          expiresAt: ago(-604_800),
        },
        ui,
      ),
  },
  {
    name: 'servers',
    signedIn: 'admin',
    nav: 'servers',
    render: (ui) =>
      serversPage({ servers: homeServers, slice: { total: 5, offset: 0, limit: 100 }, filter: 'active', search: '', notice: null }, ui),
  },
  {
    name: 'servers-none',
    signedIn: 'admin',
    nav: 'servers',
    render: (ui) =>
      serversPage({ servers: [], slice: { total: 0, offset: 0, limit: 100 }, filter: 'failed', search: '', notice: null }, ui),
  },
  {
    name: 'server-log',
    signedIn: 'admin',
    nav: 'servers',
    render: (ui) => serverLogPage({ server: server(), lines: [...serverLog, ...serverLog], limit: 2000 }, ui),
  },
  {
    name: 'health',
    signedIn: 'admin',
    nav: 'health',
    render: (ui) =>
      healthPage(
        {
          findings,
          versions,
          numbers: [
            { name: 'People', value: '10,000' },
            { name: 'Running servers', value: '412' },
          ],
          images: keptImages,
        },
        ui,
      ),
  },
  {
    name: 'health-good',
    signedIn: 'admin',
    nav: 'health',
    render: (ui) => healthPage({ findings: findings.slice(2), versions, numbers: [], images: [] }, ui),
  },
]
const findings = [
  {
    level: 'warn',
    what: 'The hub is reached without TLS.',
    why: 'Passwords and notebooks can be read on the way.',
    change: 'hub.publicUrl, proxy.tls',
  },
  {
    level: 'bad',
    what: 'The disk of the data directory is nearly full.',
    why: '0.4 of 40 GB are left; the database cannot grow.',
    change: '',
  },
  { level: 'good', what: 'The proxy answers.', why: '', change: '' },
] as const
const versions = [
  { name: 'Orrery', value: '0.1.0' },
  { name: 'Node.js', value: '26.10.0' },
  { name: 'JupyterHub protocol', value: '5.5.1' },
] as const

const [, , , , arabic, korean, long, script] = hostileNames
const strange: readonly Example[] = [
  {
    name: 'strange-home',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      homePage(
        {
          servers: hostileNames.map((name, index) =>
            server({ userName: name, name: index === 0 ? '' : name, displayName: name, kind: index % 2 === 0 ? 'running' : 'stopped' }),
          ),
          newServer: null,
          error: { code: 'bad_name', detail: { name: long, reason: script } },
          notice: '<b>',
        },
        ui,
      ),
  },
  {
    name: 'strange-people',
    signedIn: 'admin',
    nav: 'people',
    render: (ui) =>
      peoplePage(
        {
          ...peopleData,
          search: '"><b>',
          rows: hostileNames.map((name) => ({
            name,
            admin: true,
            status: 'pending',
            groups: [name],
            server: 'failed',
            othersRunning: 3,
            lastActivity: null,
          })),
        },
        ui,
      ),
  },
  {
    name: 'strange-person',
    signedIn: 'admin',
    nav: 'people',
    render: (ui) =>
      personPage(
        { ...person, name: korean, groups: [arabic, long], servers: [server({ userName: korean, name: long, displayName: korean })] },
        ui,
      ),
  },
  {
    name: 'strange-failed',
    signedIn: 'person',
    nav: 'home',
    render: (ui) =>
      failedPage(
        {
          server: server({ name: korean, displayName: korean, kind: 'failed' }),
          failure: { code: 'server_command_not_found', detail: { command: script } },
          at: ago(1),
          events: broken,
          log: ['</textarea><script>alert(5)</script>', long + long, arabic],
          attemptId: script,
          exitCode: null,
          next: script,
        },
        ui,
      ),
  },
]

/** Every view in every state worth looking at. */
export const examples: readonly Example[] = [...entrance, ...own, ...administration, ...strange]
