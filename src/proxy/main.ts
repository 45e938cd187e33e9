import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server, Socket } from 'node:net'
import { systemClock } from '../lib/clock.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { createChallenges } from './acme/challenges.ts'
import type { Challenges } from './acme/challenges.ts'
import type { CertificateKeeper } from './acme/keeper.ts'
import { createApi } from './api.ts'
import { createConnect } from './connect.ts'
import { createDataPlane } from './data-plane.ts'
import type { DataPlane } from './data-plane.ts'
import { createErrorPages } from './error-pages.ts'
import { createTrust } from './forwarded.ts'
import { createFront, watchTlsFiles } from './front.ts'
import type { Front } from './front.ts'
import { describeAddress, isPrivateFolder, listen } from './listen.ts'
import { createRedirectServer } from './redirect.ts'
import { createProxyRoutes } from './routes.ts'
import type { Routes } from './routes.ts'
import type { ProxySettings } from './settings.ts'
import { readTls, tlsOf } from './tls-files.ts'

/** A proxy that serves. */
export type RunningProxy = {
  /** `host:port` or `unix:path`, as bound. */
  readonly address: string
  readonly apiAddress: string
  /** Null without a listener that sends visitors to https. */
  readonly redirectAddress: string | null
  readonly instance: string
  /** Open connections of all listeners. */
  connections(): number
  /** Reads the certificate files again; connections that are open keep theirs. */
  reloadTls(): void
  /** Resolves when the signal has aborted and everything has been closed: requests that were under way may take up to `limits.drainMs`. */
  readonly closed: Promise<void>
}

type ProxyDeps = { readonly log: Log; readonly signal: AbortSignal; readonly clock?: Clock }

/**
 * Starts the proxy: resolves when all listeners are bound, rejects when one cannot be (nothing is left behind then). Depends on nothing of
 * the hub: routes come through the control API, and everything that flows goes on without it.
 */
export async function runProxy(settings: ProxySettings, deps: ProxyDeps): Promise<RunningProxy> {
  const { log, signal } = deps
  const clock = deps.clock ?? systemClock
  checkApi(settings, log)
  const routes = createProxyRoutes({ clock, hostRouting: settings.forwarding.hostRouting })
  if (settings.defaultTarget !== null) {
    routes.put('/', settings.defaultTarget, {})
    log.info('route.added', { path: '/', target: settings.defaultTarget })
  }
  const plane = createPlane(settings, routes, clock, log)
  const instance = randomBytes(16).toString('hex')
  const api = createApiServer(settings, routes, instance, log)
  const challenges = createChallenges()
  const keeper = await createKeeper(settings, challenges, clock, log)
  const tls = keeper === null ? (settings.tls === null ? null : readTls(settings.tls, settings)) : tlsOf(keeper.first, settings)
  const { headerTimeoutMs: handshakeTimeoutMs } = settings.limits
  const front = createFront({ plane, tls, challenges: keeper === null ? null : challenges, handshakeTimeoutMs })
  const redirect =
    settings.redirect === null
      ? null
      : createRedirectServer(settings.redirect.to ?? publicPort(settings), (token) => challenges.textFor(token))
  const servers = [front.server, api, ...(redirect === null ? [] : [redirect])]
  const sockets = trackSockets(servers)
  try {
    await listen(front.server, settings.listen, false)
    await listen(api, settings.api, true)
    if (redirect !== null && settings.redirect !== null)
      await listen(redirect, { host: settings.redirect.host ?? null, port: settings.redirect.port }, false)
    if (settings.pidFile !== null) writeFileSync(settings.pidFile, `${process.pid}`)
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
  const address = describeAddress(front.server)
  const apiAddress = describeAddress(api)
  log.info('proxy.listening', { address, apiAddress, instance })
  if (settings.redirect !== null) log.info('proxy.redirecting', { port: settings.redirect.port })
  void keeper?.run((pair) => front.setTls(tlsOf(pair, settings)), signal)
  if (settings.tls !== null) watchTlsFiles(settings.tls, () => reloadTls(front, settings, log), signal)
  const sweeping = setInterval(() => plane.sweep(), sweepMs(settings))
  const closed = stopped(signal).then(() => close({ servers, sockets, plane, sweeping, settings, log }))
  const redirectAddress = redirect === null ? null : describeAddress(redirect)
  return {
    address,
    apiAddress,
    redirectAddress,
    instance,
    connections: () => sockets.size,
    reloadTls: () => reloadTls(front, settings, log),
    closed,
  }
}

/** What orders certificates is loaded only where it is used: most proxies never need it. */
async function createKeeper(settings: ProxySettings, challenges: Challenges, clock: Clock, log: Log): Promise<CertificateKeeper | null> {
  if (settings.acme === null) return null
  const { createCertificateKeeper } = await import('./acme/keeper.ts')
  const kinds = settings.redirect === null ? (['tls-alpn-01'] as const) : (['http-01', 'tls-alpn-01'] as const)
  return createCertificateKeeper(settings.acme, { challenges, kinds, clock, log, chance: () => randomBytes(4).readUInt32BE(0) / 2 ** 32 })
}

/** Twice in the shortest limit, at least every half second. */
function sweepMs(settings: ProxySettings): number {
  const { headerTimeoutMs, keepAliveTimeoutMs, stallTimeoutMs, timeoutMs, proxyTimeoutMs, connectTimeoutMs, upstreamIdleMs } =
    settings.limits
  const limits = [headerTimeoutMs, keepAliveTimeoutMs, stallTimeoutMs, timeoutMs, proxyTimeoutMs, connectTimeoutMs, upstreamIdleMs]
  return Math.max(5, Math.min(500, ...limits.filter((limit) => limit > 0).map((limit) => limit / 2)))
}

/** Without a token the control API is for a private unix socket only. */
function checkApi(settings: ProxySettings, log: Log): void {
  if (settings.token !== null) return
  if ('socketPath' in settings.api && isPrivateFolder(settings.api.socketPath)) return
  if (!settings.insecureApi) {
    throw new Error('the control API needs a token: set CONFIGPROXY_AUTH_TOKEN, or put its socket into a folder that only you can open')
  }
  log.warn('api.open', { hint: 'Everybody who can connect to the control API can change routes. Set CONFIGPROXY_AUTH_TOKEN.' })
}

function createPlane(settings: ProxySettings, routes: Routes, clock: Clock, log: Log): DataPlane {
  const tls = settings.clientTls === null ? {} : readTls(settings.clientTls, settings)
  const outgoing = { ...tls, rejectUnauthorized: !settings.insecure }
  return createDataPlane({
    routes,
    forwarding: settings.forwarding,
    hub: settings.hub,
    limits: settings.limits,
    clock,
    log,
    pages: createErrorPages({ errorTarget: settings.errorTarget, errorPath: settings.errorPath, tls: outgoing, log }),
    connect: createConnect(() => outgoing),
    trusts: trustOf(settings),
  })
}

/** A peer without an address is a process of this machine on a unix socket; on TCP it is one that has already gone. */
function trustOf(settings: ProxySettings): (address: string) => boolean {
  const trusts = createTrust(settings.trustedProxies)
  return (address) => (address === '' ? 'socketPath' in settings.listen : trusts(address))
}

function createApiServer(settings: ProxySettings, routes: Routes, instance: string, log: Log): Server {
  const listener = createApi({ routes, token: settings.token, instance, log })
  const options = { requestTimeout: 60_000, keepAliveTimeout: 60_000 }
  if (settings.apiTls === null) return createHttpServer(options, listener)
  return createHttpsServer({ ...options, ...readTls(settings.apiTls, settings) }, listener)
}

function reloadTls(front: Front, settings: ProxySettings, log: Log): void {
  if (settings.tls === null) return
  try {
    front.setTls(readTls(settings.tls, settings))
    log.info('tls.reloaded')
  } catch (error) {
    log.error('tls.reload_failed', { error })
  }
}

const publicPort = (settings: ProxySettings): number => ('port' in settings.listen ? settings.listen.port : 443)

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** Every open connection of the listeners, also those in the middle of a TLS handshake. */
function trackSockets(servers: readonly Server[]): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  for (const server of servers) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
  }
  return sockets
}

type Closing = {
  readonly servers: readonly Server[]
  readonly sockets: ReadonlySet<Socket>
  readonly plane: DataPlane
  readonly sweeping: NodeJS.Timeout
  readonly settings: ProxySettings
  readonly log: Log
}

async function close({ servers, sockets, plane, sweeping, settings, log }: Closing): Promise<void> {
  log.info('proxy.stopping', { connections: plane.size() })
  const ended = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  await plane.stop()
  clearInterval(sweeping)
  for (const socket of sockets) socket.destroy()
  await Promise.all(ended)
  if (settings.pidFile !== null) rmSync(settings.pidFile, { force: true })
  log.info('proxy.stopped')
}
