import { join } from 'node:path'
import { bindAddress, isWildcard } from '../core/option-schemas.ts'
import { prepareDataDir } from '../lib/data-dir.ts'
import { runProxy } from '../proxy/main.ts'
import { defaultForwarding, defaultLimits } from '../proxy/settings.ts'
import { controlChannel, hubProof } from './control-channel.ts'
import { makeLog } from './make-log.ts'
import { readyFacts } from './ready-facts.ts'
import { serveUntilStopped } from './serve-until-stopped.ts'
import type { Log } from '../lib/log.ts'
import type { AcmeSettings, ProxySettings, TlsFiles } from '../proxy/settings.ts'
import type { ControlChannel } from './control-channel.ts'
import type { Host } from './host.ts'
import type { LoadedConfig } from './load-config.ts'
import type { Config } from './sections.ts'

/** How long the proxy may take to end beside waiting for requests, milliseconds. */
const beyondDrainMs = 3_000

/** Runs the proxy of an installation until the process is asked to end. Resolves with the exit code. */
export async function runConfiguredProxy(host: Host, { config, dataDir }: LoadedConfig): Promise<number> {
  const log = withoutOwnCalls(makeLog(config.log, 'proxy', host))
  const bind = bindAddress(config.proxy.bindUrl)
  const { redirectPort } = config.proxy
  const places = [
    { ...bind, option: 'proxy.bindUrl (or --port)' },
    ...(redirectPort === undefined ? [] : [{ host: bind.host, port: redirectPort, option: 'proxy.redirectPort' }]),
  ]
  return serveUntilStopped({ host, log, places, deadlineMs: 15_000 }, async (scope) => {
    await prepareDataDir(dataDir)
    const settings = proxySettings(config, await controlChannel(config.proxy, dataDir), dataDir)
    const proxy = await runProxy(settings, { log, signal: scope.signal })
    scope.run('proxy', proxy.closed)
    host.onHangUp(() => proxy.reloadTls())
    return { facts: readyFacts(config, null, config.proxy.drainSeconds * 1000 + beyondDrainMs) }
  })
}

/** The hub looks at the routes twice a second. That it may do so is no news; routes that change are told by events of their own. */
const withoutOwnCalls = (log: Log): Log => ({
  ...log,
  info: (event, fields) => (event === 'api.request' ? log.debug(event, fields) : log.info(event, fields)),
})

/** Settings of the proxy for an installation. Everything that has no route of its own goes to the hub from the first request on. */
export function proxySettings({ hub, proxy }: Pick<Config, 'hub' | 'proxy'>, channel: ControlChannel, dataDir: string): ProxySettings {
  const bind = bindAddress(proxy.bindUrl)
  return {
    listen: { host: bind.host === '*' ? null : bind.host, port: bind.port },
    api: channel.api,
    token: channel.token,
    insecureApi: false,
    tls: tlsFiles(proxy),
    acme: acmeSettings(proxy, dataDir),
    apiTls: null,
    clientTls: null,
    insecure: false,
    ciphers: null,
    minTlsVersion: null,
    redirect: redirectOf(hub, proxy),
    defaultTarget: hubTarget(hub),
    hub: { target: hubTarget(hub), proof: hubProof(channel) },
    errorTarget: `${hubTarget(hub)}${hub.baseUrl}hub/error`,
    errorPath: null,
    pidFile: null,
    forwarding: { ...defaultForwarding, hostRouting: hub.subdomainHost !== undefined },
    limits: { ...defaultLimits, drainMs: proxy.drainSeconds * 1000 },
    trustedProxies: proxy.trustedProxies,
  }
}

/** Origin at which the proxy reaches the hub: `hub.connectUrl`, else `hub.bindUrl` with loopback for "every address". */
export function hubTarget(hub: Config['hub']): string {
  if (hub.connectUrl !== undefined) return new URL(hub.connectUrl).origin
  const { host, port } = bindAddress(hub.bindUrl)
  const name = isWildcard(host) ? (host === '::' ? '::1' : '127.0.0.1') : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function acmeSettings(proxy: Config['proxy'], dataDir: string): AcmeSettings | null {
  if (proxy.acmeDomains.length === 0) return null
  return {
    directoryUrl: proxy.acmeDirectoryUrl,
    caFile: proxy.acmeCaFile ?? null,
    domains: proxy.acmeDomains,
    email: proxy.acmeEmail ?? null,
    folder: join(dataDir, 'acme'),
  }
}

/** Plain http leads to the address that people know. */
function redirectOf({ publicUrl }: Config['hub'], proxy: Config['proxy']): ProxySettings['redirect'] {
  if (proxy.redirectPort === undefined) return null
  const { host } = bindAddress(proxy.bindUrl)
  const to = bindAddress(publicUrl === undefined ? proxy.bindUrl : new URL(publicUrl).origin).port
  return { ...(host === '*' ? {} : { host }), port: proxy.redirectPort, to }
}

function tlsFiles({ tls, tlsPassphrase }: Config['proxy']): TlsFiles | null {
  if (tls === undefined) return null
  return {
    keyFile: tls.key,
    certFile: tls.cert,
    caFile: null,
    passphrase: tlsPassphrase ?? null,
    requestCert: false,
    rejectUnauthorized: false,
    dhparamFile: null,
  }
}
