import * as authChecks from '../../src/db/auth-checks.ts'
import * as attempts from '../../src/db/attempts.ts'
import * as auditLog from '../../src/db/audit.ts'
import * as credentials from '../../src/db/credentials.ts'
import type { Db } from '../../src/db/database.ts'
import * as endedSince from '../../src/db/ended-since.ts'
import * as events from '../../src/db/events.ts'
import * as groups from '../../src/db/groups.ts'
import * as identities from '../../src/db/identities.ts'
import * as invitations from '../../src/db/invitations.ts'
import * as leftFiles from '../../src/db/left-files.ts'
import * as oauth from '../../src/db/oauth.ts'
import * as rateLimits from '../../src/db/rate-limits.ts'
import * as roles from '../../src/db/roles.ts'
import * as serverNames from '../../src/db/server-names.ts'
import * as serverLeases from '../../src/db/server-leases.ts'
import * as servers from '../../src/db/servers.ts'
import * as services from '../../src/db/services.ts'
import * as sessions from '../../src/db/sessions.ts'
import * as settings from '../../src/db/settings.ts'
import * as tokens from '../../src/db/tokens.ts'
import * as users from '../../src/db/users.ts'

/** One call of a query function: what its SQL is recorded from, and what has to run on both databases. */
export type QuerySample = (db: Db) => Promise<unknown>

/** Samples of one file of `src/db`: by the name of the function, a second word when there is more than one. */
export type SampledFile = {
  readonly file: string
  /** The functions of the file, to see that none is forgotten. */
  readonly module: Readonly<Record<string, unknown>>
  readonly samples: Readonly<Record<string, QuerySample>>
}

const now = Date.UTC(2026, 0, 2)
const later = '2026-01-09T00:00:00.000Z'
const hash = 'a'.repeat(64)

const people: readonly SampledFile[] = [
  {
    file: 'users',
    module: users,
    samples: {
      createUser: (db) => users.createUser(db, { name: 'alice', now }),
      findUser: (db) => users.findUser(db, 'alice'),
      findUserById: (db) => users.findUserById(db, 1),
      isNameTaken: (db) => users.isNameTaken(db, 'alice', 2),
      listUsers: (db) => users.listUsers(db),
      'listUsers some': (db) =>
        users.listUsers(db, {
          names: ['alice'],
          groupNames: ['staff'],
          nameFilter: 'al',
          status: 'active',
          sort: '-last_activity',
          limit: 10,
        }),
      'listUsers nobody': (db) => users.listUsers(db, { names: [], sort: 'name', offset: 5 }),
      'listUsers active': (db) => users.listUsers(db, { state: 'active' }),
      'listUsers ready': (db) => users.listUsers(db, { state: 'ready' }),
      'listUsers inactive': (db) => users.listUsers(db, { state: 'inactive' }),
      countUsers: (db) => users.countUsers(db),
      'countUsers admins': (db) => users.countUsers(db, 'active_admins'),
      updateUser: (db) =>
        users.updateUser(db, 1, { name: 'alina', admin: true, status: 'blocked', lastActivityAt: later, authState: null }),
      'updateUser nothing': (db) => users.updateUser(db, 1, {}),
      touchUser: (db) => users.touchUser(db, 1, now, 30_000),
      groupsOfUser: (db) => users.groupsOfUser(db, 1),
      namesOfUsers: (db) => users.namesOfUsers(db, [1, 2]),
      lockUser: (db) => users.lockUser(db, 1),
      deleteUser: (db) => users.deleteUser(db, 999),
    },
  },
  {
    file: 'left-files',
    module: leftFiles,
    samples: {
      noteLeftFiles: (db) =>
        leftFiles.noteLeftFiles(db, {
          homeName: 'gone',
          userName: 'gone',
          serverNames: [''],
          fate: 'archive',
          askedBy: 'user alice',
          archive: '/srv/archive/gone.tar.gz',
          now,
        }),
      listLeftFiles: (db) => leftFiles.listLeftFiles(db, ['waiting', 'kept']),
      findLeftFiles: (db) => leftFiles.findLeftFiles(db, 1),
      leftFilesOf: (db) => leftFiles.leftFilesOf(db, 'gone'),
      dueLeftFiles: (db) => leftFiles.dueLeftFiles(db, now),
      acquireLeftFiles: (db) => leftFiles.acquireLeftFiles(db, { id: 1, owner: 'hub', until: now + 10_000, now }),
      renewLeftFiles: (db) => leftFiles.renewLeftFiles(db, { id: 1, owner: 'hub', until: now + 20_000 }),
      updateLeftFilesUnderLease: (db) =>
        leftFiles.updateLeftFilesUnderLease(
          db,
          { id: 1, owner: 'hub', fate: 'archive' },
          { found: { own: ['home'], leftAlone: [] }, archivedAt: later, failure: null, failures: 0, retryAt: null },
        ),
      releaseLeftFiles: (db) => leftFiles.releaseLeftFiles(db, 1, 'hub'),
      leftFilesOwners: (db) => leftFiles.leftFilesOwners(db),
      releaseLeftFilesOf: (db) => leftFiles.releaseLeftFilesOf(db, 'hub'),
      decideLeftFiles: (db) => leftFiles.decideLeftFiles(db, 1, now, { fate: 'delete', state: 'waiting', archive: null, retryAt: null }),
      deleteLeftFiles: (db) => leftFiles.deleteLeftFiles(db, 999, now),
      purgeLeftFiles: (db) => leftFiles.purgeLeftFiles(db, now),
    },
  },
  {
    file: 'credentials',
    module: credentials,
    samples: {
      setCredential: (db) => credentials.setCredential(db, { userId: 1, passwordHash: '$argon2id$…', now }),
      findCredential: (db) => credentials.findCredential(db, 1),
      hasAdminWhoCanSignIn: (db) => credentials.hasAdminWhoCanSignIn(db),
    },
  },
  {
    file: 'identities',
    module: identities,
    samples: {
      linkIdentity: (db) => identities.linkIdentity(db, { userId: 1, authenticator: 'github', subject: '42', login: 'Alice', now }),
      findIdentity: (db) => identities.findIdentity(db, 'github', '42'),
      identitiesOfUser: (db) => identities.identitiesOfUser(db, 1),
      deleteIdentity: (db) => identities.deleteIdentity(db, 999),
    },
  },
  {
    file: 'auth-checks',
    module: authChecks,
    samples: {
      noteAuthCheck: (db) => authChecks.noteAuthCheck(db, { userId: 1, authenticator: 'github', now }),
      findAuthCheck: (db) => authChecks.findAuthCheck(db, 1),
      expireAuthCheck: (db) => authChecks.expireAuthCheck(db, 1),
      deleteAuthCheck: (db) => authChecks.deleteAuthCheck(db, 1),
    },
  },
  {
    file: 'invitations',
    module: invitations,
    samples: {
      createInvitation: (db) => invitations.createInvitation(db, { hash, userId: 1, createdBy: null, now, expiresAt: later }),
      findInvitation: (db) => invitations.findInvitation(db, hash, now),
      consumeInvitation: (db) => invitations.consumeInvitation(db, hash, now),
      openInvitations: (db) => invitations.openInvitations(db, now),
      deleteInvitation: (db) => invitations.deleteInvitation(db, 999),
    },
  },
  {
    file: 'sessions',
    module: sessions,
    samples: {
      createSession: (db) =>
        sessions.createSession(db, { hash, userId: 1, sessionId: 's', now, expiresAt: later, address: '::1', userAgent: 'Firefox' }),
      findSession: (db) => sessions.findSession(db, hash, now, now),
      findSessionById: (db) => sessions.findSessionById(db, 1),
      sessionsOfUser: (db) => sessions.sessionsOfUser(db, 1),
      touchSession: (db) => sessions.touchSession(db, 1, now, 60_000),
      deleteSession: (db) => sessions.deleteSession(db, 999),
      purgeSessions: (db) => sessions.purgeSessions(db, now, now),
    },
  },
]

const membership: readonly SampledFile[] = [
  {
    file: 'groups',
    module: groups,
    samples: {
      createGroup: (db) => groups.createGroup(db, 'staff'),
      findGroup: (db) => groups.findGroup(db, 'staff'),
      listGroups: (db) => groups.listGroups(db),
      'listGroups some': (db) => groups.listGroups(db, { names: ['staff'], offset: 0, limit: 10 }),
      addMember: (db) => groups.addMember(db, 1, 1),
      setManagedBy: (db) => groups.setManagedBy(db, 999, 'google'),
      managedGroupsOfUser: (db) => groups.managedGroupsOfUser(db, 1, 'google'),
      clearMembers: (db) => groups.clearMembers(db, 999),
      membersOfGroup: (db) => groups.membersOfGroup(db, 1),
      groupsOfUsers: (db) => groups.groupsOfUsers(db, [1, 2]),
      groupsByUserName: (db) => groups.groupsByUserName(db, ['alice', 'bob']),
      setGroupProperties: (db) => groups.setGroupProperties(db, 1, { floor: 2 }),
      removeMember: (db) => groups.removeMember(db, 1, 999),
      deleteGroup: (db) => groups.deleteGroup(db, 999),
    },
  },
  {
    file: 'services',
    module: services,
    samples: {
      upsertService: (db) => services.upsertService(db, { name: 'culler', admin: false, url: null, info: {}, display: true }),
      findService: (db) => services.findService(db, 'culler'),
      findServiceById: (db) => services.findServiceById(db, 1),
      listServices: (db) => services.listServices(db),
      deleteServicesExcept: (db) => services.deleteServicesExcept(db, ['culler']),
    },
  },
  {
    file: 'roles',
    module: roles,
    samples: {
      upsertRole: (db) => roles.upsertRole(db, { name: 'reader', description: '', scopes: ['list:users'], builtin: false }),
      findRole: (db) => roles.findRole(db, 'reader'),
      listRoles: (db) => roles.listRoles(db),
      'assignRole to a user': (db) => roles.assignRole(db, 1, { userId: 1 }),
      'assignRole to a group': (db) => roles.assignRole(db, 1, { groupId: 1 }),
      'assignRole to a service': (db) => roles.assignRole(db, 1, { serviceId: 1 }),
      rolesOfUser: (db) => roles.rolesOfUser(db, 1),
      directRolesOfUser: (db) => roles.directRolesOfUser(db, 1),
      rolesOfGroup: (db) => roles.rolesOfGroup(db, 1),
      rolesOfService: (db) => roles.rolesOfService(db, 1),
      directRolesOfUsers: (db) => roles.directRolesOfUsers(db, [1, 2]),
      usersOfRole: (db) => roles.usersOfRole(db, 1),
      unassignRole: (db) => roles.unassignRole(db, 999, { userId: 1 }),
      'clearRole of users': (db) => roles.clearRole(db, 999, 'users'),
      'clearRole of groups': (db) => roles.clearRole(db, 999, 'groups'),
      'clearRole of services': (db) => roles.clearRole(db, 999, 'services'),
      deleteRolesExcept: (db) => roles.deleteRolesExcept(db, ['reader']),
    },
  },
]

const running = { kind: 'running', url: 'http://127.0.0.1:4000', since: later } as const

const serverFiles: readonly SampledFile[] = [
  {
    file: 'servers',
    module: servers,
    samples: {
      upsertServer: (db) => servers.upsertServer(db, { userId: 1, name: 'lab', displayName: 'Lab', now }),
      findServer: (db) => servers.findServer(db, 1, 'lab'),
      findServerById: (db) => servers.findServerById(db, 1),
      serversOfUser: (db) => servers.serversOfUser(db, 1),
      listServers: (db) => servers.listServers(db),
      'listServers some': (db) => servers.listServers(db, { userIds: [1, 2], kinds: ['running', 'starting'], offset: 0, limit: 10 }),
      countServers: (db) => servers.countServers(db, ['running', 'starting']),
      writeIntent: (db) => servers.writeIntent(db, 1, { desired: 'running', generation: 2, userOptions: { image: 'x' } }),
      'writeIntent conditional': (db) =>
        servers.writeIntent(db, 1, { desired: 'stopped', removeWhenStopped: true }, { ifGeneration: 2, ifKind: 'running' }),
      updateServerUnderLease: (db) =>
        servers.updateServerUnderLease(db, 1, 'hub-1', { state: running, handle: { pid: 7 }, startedAt: later }),
      'updateServerUnderLease nothing': (db) => servers.updateServerUnderLease(db, 1, 'hub-1', {}),
      touchServer: (db) => servers.touchServer(db, 1, now),
      noteTrouble: (db) => servers.noteTrouble(db, 1, { failure: { code: 'engine_unreachable', detail: {} }, since: later }),
      removeServer: (db) => servers.removeServer(db, 999),
    },
  },
  {
    file: 'server-leases',
    module: serverLeases,
    samples: {
      acquireLease: (db) => serverLeases.acquireLease(db, { id: 1, owner: 'hub-1', now, until: now + 15_000 }),
      renewLease: (db) => serverLeases.renewLease(db, { id: 1, owner: 'hub-1', until: now + 30_000 }),
      leaseOwners: (db) => serverLeases.leaseOwners(db),
      dueServers: (db) => serverLeases.dueServers(db, now, 100),
      releaseLease: (db) => serverLeases.releaseLease(db, 1, 'hub-1'),
      releaseLeasesOf: (db) => serverLeases.releaseLeasesOf(db, 'hub-1'),
    },
  },
  { file: 'server-names', module: serverNames, samples: { renameServer: (db) => serverNames.renameServer(db, 999, 'lab2') } },
  {
    file: 'attempts',
    module: attempts,
    samples: {
      startAttempt: (db) => attempts.startAttempt(db, { id: 'a1', serverId: 1, generation: 1, askedBy: 'alice', now }),
      endAttempt: (db) =>
        attempts.endAttempt(db, 'a1', {
          outcome: 'failed',
          now,
          failure: { code: 'server_died', detail: { exitCode: 1 } },
          exitCode: 1,
          outOfMemory: false,
          log: 'bye',
        }),
      lastAttempt: (db) => attempts.lastAttempt(db, 1),
      lastGoodStart: (db) => attempts.lastGoodStart(db, 1),
      keepLog: (db) => attempts.keepLog(db, 'a1', 'bye'),
    },
  },
  {
    file: 'events',
    module: events,
    samples: {
      appendEvent: (db) =>
        events.appendEvent(db, { serverId: 1, attemptId: 'a1', now, phase: 'booting', progress: 50, message: 'Booting' }),
      eventsAfter: (db) => events.eventsAfter(db, 1, 'a1', 0),
    },
  },
]

const access: readonly SampledFile[] = [
  {
    file: 'tokens',
    module: tokens,
    samples: {
      createToken: (db) => tokens.createToken(db, { hash, userId: 1, scopes: ['inherit'], note: '', now, expiresAt: later }),
      findTokenByHash: (db) => tokens.findTokenByHash(db, hash, now),
      findTokenById: (db) => tokens.findTokenById(db, 1),
      tokensOfUser: (db) => tokens.tokensOfUser(db, 1),
      jupyterHubKey: () => Promise.resolve(tokens.jupyterHubKey('abcd', 'sha512:1:00:00')),
      jupyterHubTokens: (db) => tokens.jupyterHubTokens(db, 'abcd'),
      setTokenHash: (db) => tokens.setTokenHash(db, 999, hash),
      touchToken: (db) => tokens.touchToken(db, 1, now, 30_000),
      deleteToken: (db) => tokens.deleteToken(db, 999),
      deleteTokensOfUser: (db) => tokens.deleteTokensOfUser(db, 999, 1),
      deleteServerTokens: (db) => tokens.deleteServerTokens(db, 999),
      deleteServiceTokens: (db) => tokens.deleteServiceTokens(db, 999, 'from config', hash),
      deleteTokensOfClient: (db) => tokens.deleteTokensOfClient(db, 'service-x'),
      'deleteTokensOfClient of one user': (db) => tokens.deleteTokensOfClient(db, 'service-x', 1),
      deleteSessionTokens: (db) => tokens.deleteSessionTokens(db, 1, 's'),
      purgeExpired: (db) => tokens.purgeExpired(db, now),
    },
  },
  {
    file: 'oauth',
    module: oauth,
    samples: {
      upsertClient: (db) =>
        oauth.upsertClient(db, {
          id: 'service-x',
          secretHash: hash,
          redirectUri: '/x',
          description: 'x',
          allowedScopes: [],
          serverId: null,
          serviceId: 1,
        }),
      findClient: (db) => oauth.findClient(db, 'service-x'),
      createCode: (db) =>
        oauth.createCode(db, {
          codeHash: hash,
          clientId: 'service-x',
          userId: 1,
          sessionId: 's',
          redirectUri: null,
          scopes: [],
          challenge: null,
          challengeMethod: null,
          expiresAt: later,
        }),
      findCode: (db) => oauth.findCode(db, hash),
      consumeCode: (db) => oauth.consumeCode(db, hash),
      purgeCodes: (db) => oauth.purgeCodes(db, now),
      deleteClientOfServer: (db) => oauth.deleteClientOfServer(db, 999),
      deleteClientOfService: (db) => oauth.deleteClientOfService(db, 999, 'service-x'),
    },
  },
]

const housekeeping: readonly SampledFile[] = [
  {
    file: 'settings',
    module: settings,
    samples: {
      setSetting: (db) => settings.setSetting(db, 'port', '8000'),
      getSetting: (db) => settings.getSetting(db, 'port'),
      setSettingIfAbsent: (db) => settings.setSettingIfAbsent(db, 'port', '8001'),
      deleteSetting: (db) => settings.deleteSetting(db, 'port'),
      waitForTurn: (db) => settings.waitForTurn(db, 'admins'),
    },
  },
  {
    file: 'rate-limits',
    module: rateLimits,
    samples: {
      consumeRate: (db) => rateLimits.consumeRate(db, { bucket: 'b', limit: 2, windowMs: 1000, now }),
      peekRate: (db) => rateLimits.peekRate(db, { bucket: 'b', limit: 2, now }),
      resetRate: (db) => rateLimits.resetRate(db, 'b'),
      purgeRates: (db) => rateLimits.purgeRates(db, now),
    },
  },
  {
    file: 'audit',
    module: auditLog,
    samples: {
      appendAudit: (db) => auditLog.appendAudit(db, { actor: 'hub', action: 'user.create', target: 'alice', now }),
      listAudit: (db) => auditLog.listAudit(db, { limit: 10 }),
      'listAudit about': (db) => auditLog.listAudit(db, { limit: 10, beforeId: 100, target: 'alice' }),
    },
  },
  {
    file: 'ended-since',
    module: endedSince,
    samples: {
      stillValid: (db) => endedSince.stillValid({ db }),
      forgetEnded: (db) => endedSince.forgetEnded(db, { hashes: new Set([hash]), people: new Set(['x']), blocked: ['x'] }),
      signOutAll: (db) => endedSince.signOutAll(db),
    },
  },
]

/** Every query file, in an order in which its samples can run one after the other on an empty database. */
export const sampledFiles: readonly SampledFile[] = [...people, ...membership, ...serverFiles, ...access, ...housekeeping]
