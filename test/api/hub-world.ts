import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNative } from '../../src/auth/native.ts'
import { accessRules } from '../../src/core/access-rules.ts'
import type { Profile } from '../../src/core/profile-schema.ts'
import { openDatabase } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { apiEndpoints } from '../../src/http/api/endpoints.ts'
import { createApp } from '../../src/http/app.ts'
import { trustPeers } from '../../src/http/client-address.ts'
import { createXsrfGuard } from '../../src/http/csrf.ts'
import type { HttpDeps } from '../../src/http/deps.ts'
import { openPage, page } from '../../src/http/page.ts'
import { createHttpMetrics } from '../../src/http/metrics.ts'
import { createStreamSlots } from '../../src/http/stream-slots.ts'
import { createAccounts } from '../../src/hub/accounts.ts'
import { createAuthStates } from '../../src/hub/auth-state.ts'
import { createCredentialStore } from '../../src/hub/credential-store.ts'
import { createServerEdits } from '../../src/hub/edit-server.ts'
import { createLogin } from '../../src/hub/login.ts'
import { noFaults } from '../../src/hub/faults.ts'
import { createFilesKeeper } from '../../src/hub/keep-files.ts'
import { createNoteActivity } from '../../src/hub/note-activity.ts'
import { createNoteSignIn } from '../../src/hub/note-sign-in.ts'
import { createWaysIn } from '../../src/hub/ways-in.ts'
import { hubOptions } from '../../src/hub/options.ts'
import type { HubOptions } from '../../src/hub/options.ts'
import { createPasswordGate } from '../../src/hub/password-gate.ts'
import { createRedirectLogin } from '../../src/hub/redirect-login.ts'
import { createSessions } from '../../src/hub/sessions.ts'
import { createTokens } from '../../src/hub/tokens.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { systemIds } from '../../src/lib/ids.ts'
import { silentLog } from '../../src/lib/log.ts'
import { createPasswords } from '../../src/lib/passwords.ts'
import { createDriving } from '../support/driving.ts'

/** The defaults of the section `hub`, with some replaced. */
function hubDefaults(changes: Partial<HubOptions>): HubOptions {
  const defaults = Object.fromEntries(Object.entries(hubOptions.options).map(([name, option]) => [name, option.default]))
  // eslint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own defaults
  return { ...(defaults as unknown as HubOptions), ...changes }
}

/** Pages that stand for those of the hub: one open, one for the signed-in, each with a form. */
const testPages = [
  openPage({ method: 'GET', path: '/open' }).handledBy(({ xsrf }) => new Response(xsrf, { headers: { 'Content-Type': 'text/html' } })),
  openPage({ method: 'POST', path: '/open' }).handledBy(({ form }) => new Response(form.get('word'))),
  openPage({ method: 'POST', path: '/reports', xsrf: 'report' }).handledBy(({ xsrfProblem }) => new Response(xsrfProblem?.code ?? 'fine')),
  page({ method: 'GET', path: '/private' }).handledBy(
    ({ caller, xsrf }) => new Response(`${caller.name} ${xsrf}`, { headers: { 'Content-Type': 'text/html' } }),
  ),
  page({ method: 'POST', path: '/private' }).handledBy(({ caller }) => new Response(caller.name)),
  page({
    method: 'GET',
    path: '/people/:user',
    scopes: ['read:users'],
    resource: ({ user = '' }) => ({ kind: 'user', name: user }),
  }).handledBy(() => new Response('seen')),
  openPage({ method: 'GET', path: '/broken' }).handledBy(() => {
    throw new TypeError('secret inside')
  }),
]

/** A hub without a socket: real database, real use cases, the loop running, the API and a few pages. */
export type HubWorld = Awaited<ReturnType<typeof createHubWorld>>

/** Makes a hub; close it after the test. */
export async function createHubWorld(changes: Partial<HubOptions> = {}, profiles: readonly Profile[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-api-'))
  const database = await openDatabase({ url: `sqlite:${join(folder, 'hub.sqlite')}` })
  await migrate(database)
  const options = hubDefaults({ allowNamedServers: true, slowSpawnTimeoutSeconds: 10, slowStopTimeoutSeconds: 10, ...changes })
  const [clock, ids, log] = [systemClock, systemIds, silentLog]
  const { gated, vault, servers, begin } = createDriving({ database, options, profiles })
  const passwords = createPasswords()
  const gate = createPasswordGate({ database, clock })
  const rules = () => accessRules({}).rules
  const native = createNative({ enableSignup: false }, { credentials: createCredentialStore({ database, clock }), passwords })
  const sessions = createSessions({ database, clock, ids })
  const accountOptions = { enableSignup: false, openSignup: false, minimumPasswordLength: 8, checkCommonPasswords: true }
  const authStates = createAuthStates({ database, vault, authenticators: [native] })
  const hub: HttpDeps = {
    options,
    publicUrl: options.publicUrl === undefined ? null : new URL(options.publicUrl),
    database,
    clock,
    log,
    sessions,
    servers,
    files: createFilesKeeper({ database, spawner: gated.spawner, clock, log, faults: noFaults, owner: 'test' }),
    serverEdits: createServerEdits({ database, clock, options, profiles }),
    accounts: createAccounts({
      database,
      clock,
      ids,
      passwords,
      gate,
      rules,
      options: accountOptions,
      archiveDir: join(folder, 'archive'),
    }),
    authStates,
    redirectLogin: createRedirectLogin({ database, clock, ids, vault, authenticators: [native] }),
    noteSignIn: createNoteSignIn({ database, clock, authStates }),
    waysIn: createWaysIn({ database, clock, authenticators: [native], rules }),
    noteActivity: createNoteActivity({ database, clock }),
    login: createLogin({ database, clock, authenticators: [native], rules, gate }),
    tokens: createTokens({ database, clock, ids, sessions, tokenExpiresInMaxSeconds: options.tokenExpiresInMaxSeconds }),
    xsrf: createXsrfGuard({ secrets: [randomBytes(32)], clock }),
    trusted: trustPeers([]),
    streams: createStreamSlots({ perHolder: 3, all: 100 }),
    metrics: createHttpMetrics(database),
    about: { authenticator: { class: 'native', version: '1' }, spawner: { class: 'gated', version: '1' } },
  }
  const app = createApp(hub, { endpoints: apiEndpoints, pages: testPages, errorPage: (error) => `<h1>${error.status}</h1>` })
  const end = begin()
  const close = async (): Promise<void> => {
    await end()
    await database.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { hub, app, gated, database, close }
}
