import { apiEndpoints } from '../http/api/endpoints.ts'
import { createOAuthPages } from '../http/api/oauth2.ts'
import { createApp } from '../http/app.ts'
import { trustPeers } from '../http/client-address.ts'
import { createXsrfGuard } from '../http/csrf.ts'
import type { HttpDeps } from '../http/deps.ts'
import { createPages } from '../http/pages/pages.ts'
import { createHttpMetrics } from '../http/metrics.ts'
import { createStreamSlots } from '../http/stream-slots.ts'
import { createServerEdits } from '../hub/edit-server.ts'
import type { Health } from '../hub/health.ts'
import type { FilesKeeper } from '../hub/keep-files.ts'
import { createNoteActivity } from '../hub/note-activity.ts'
import type { Servers } from '../hub/servers.ts'
import { systemIds } from '../lib/ids.ts'
import type { Vault } from '../lib/secrets.ts'
import { createOAuthProvider } from '../oauth/provider.ts'
import type { OAuthProvider } from '../oauth/provider.ts'
import type { ProxyClient } from '../proxy/client.ts'
import type { Spawner } from '../spawners/spawner.ts'
import { loadAssets } from '../web/assets.ts'
import type { WiredAccounts } from './wire-accounts.ts'
import type { HubParts } from './wire-hub.ts'

/** What the edge shows, beside the parts of every hub. */
export type EdgeParts = WiredAccounts & {
  readonly vault: Vault
  readonly servers: Servers
  readonly files: FilesKeeper
  readonly spawner: Spawner
  readonly proxy: ProxyClient
  readonly health: Health
  /** By which the hub knows the proxy. */
  readonly hubProof: string
}

/** Open progress streams: of one caller, and of all. */
const streamLimits = { perHolder: 20, all: 10_000 } as const

/** The edge of the hub as one function from request to reply. */
export function wireEdge(hub: HubParts, parts: EdgeParts): ReturnType<typeof createApp> {
  const { pages, errorPage, confirmPage } = createPages({
    assets: loadAssets(),
    authenticators: parts.authenticators,
    accountOptions: parts.accountOptions,
    health: parts.health,
  })
  const oauthPages = createOAuthPages({ provider: wireOAuth(hub), confirmPage, errorPage })
  return createApp(edgeDeps(hub, parts), { endpoints: apiEndpoints, pages: [...oauthPages, ...pages], errorPage })
}

function edgeDeps(hub: HubParts, parts: EdgeParts): HttpDeps {
  const { database, clock, log, secrets } = hub
  const { config } = hub.loaded
  const { publicUrl } = config.hub
  const { tokens, sessions, login, accounts, servers, spawner } = parts
  return {
    options: config.hub,
    publicUrl: publicUrl === undefined ? null : new URL(publicUrl),
    database,
    clock,
    log,
    tokens,
    sessions,
    login,
    accounts,
    servers,
    files: parts.files,
    serverEdits: createServerEdits({ database, clock, options: config.hub, profiles: config.spawner.profiles }),
    redirectLogin: parts.redirectLogin,
    noteSignIn: parts.noteSignIn,
    waysIn: parts.waysIn,
    authStates: parts.authStates,
    noteActivity: createNoteActivity({ database, clock }),
    xsrf: createXsrfGuard({ secrets: [secrets.cookieSecret], clock }),
    trusted: trustPeers(config.proxy.trustedProxies, parts.hubProof),
    streams: createStreamSlots(streamLimits),
    metrics: createHttpMetrics(database, () => spawner.images?.list() ?? []),
    about: {
      authenticator: { class: config.authenticators.map(({ kind }) => kind).join(','), version: hub.host.version },
      spawner: { class: spawner.kind, version: spawner.version },
    },
  }
}

function wireOAuth({ database, clock, secrets, loaded }: HubParts): OAuthProvider {
  const { hub, services } = loaded.config
  return createOAuthProvider({
    database,
    clock,
    ids: systemIds,
    key: secrets.cookieSecret,
    options: {
      tokenExpiresInSeconds: hub.oauthTokenExpiresInSeconds ?? hub.cookieMaxAgeDays * 86_400,
      requirePkce: false,
      trustedServices: new Set(services.filter((service) => service.oauthNoConfirm).map(({ name }) => name)),
    },
  })
}
