import { maxHeaderSize } from 'node:http'
import type { ChpArguments } from './chp-flags.ts'
import { createTrust } from './forwarded.ts'
import { defaultForwarding, defaultLimits } from './settings.ts'
import type { ForwardingRules, ListenAddress, ProxyLimits, ProxySettings, TlsFiles } from './settings.ts'
import { parseTarget } from './target.ts'

/** The environment that configurable-http-proxy knows. */
export type ChpEnvironment = Readonly<Record<string, string | undefined>>

/** Settings for a command line, with what has to be said about them; or one sentence about what is wrong. */
export type ChpSettings =
  | {
      readonly ok: true
      readonly settings: ProxySettings
      readonly level: 'error' | 'warn' | 'info' | 'debug'
      readonly warnings: readonly string[]
    }
  | { readonly ok: false; readonly sentence: string }

const unusableTogether: readonly (readonly [string, readonly string[]])[] = [
  ['socket', ['ip', 'port']],
  ['api-socket', ['api-ip', 'api-port']],
  ['metrics-socket', ['metrics-ip', 'metrics-port']],
  ['error-target', ['error-path']],
]

/** What configurable-http-proxy does for these arguments and this environment. X-Forwarded headers are believed unless `--trusted-proxy` is given. */
export function chpSettings(given: ChpArguments, env: ChpEnvironment): ChpSettings {
  const { texts, switches } = given
  const clash = unusableTogether.find(([one, others]) => texts.has(one) && others.some((other) => texts.has(other)))
  if (clash !== undefined) return { ok: false, sentence: `--${clash[0]} cannot be used together with --${clash[1].join(' or --')}` }
  const forwarding = forwardingOf(given)
  if (typeof forwarding === 'string') return { ok: false, sentence: forwarding }
  const listen = listenOf(given)
  const tls = tlsOf(given, 'ssl', env['CONFIGPROXY_SSL_KEY_PASSPHRASE'])
  const redirect = redirectOf(given)
  const sentence = wrongOf(given, tls, redirect)
  if (sentence !== null) return { ok: false, sentence }
  const settings: ProxySettings = {
    listen,
    api: apiOf(given, listen),
    token: env['CONFIGPROXY_AUTH_TOKEN'] || null,
    insecureApi: switches.has('insecure-api'),
    tls,
    acme: null,
    apiTls: tlsOf(given, 'api-ssl', env['CONFIGPROXY_API_SSL_KEY_PASSPHRASE']),
    clientTls: tlsOf(given, 'client-ssl', undefined),
    insecure: switches.has('insecure'),
    ciphers: texts.get('ssl-ciphers') ?? null,
    minTlsVersion: versionOf(texts.get('ssl-protocol')),
    redirect: usableRedirect(redirect, listen),
    defaultTarget: texts.get('default-target') ?? null,
    hub: null,
    errorTarget: texts.get('error-target') ?? null,
    errorPath: texts.get('error-path') ?? null,
    pidFile: texts.get('pid-file') ?? null,
    forwarding,
    limits: limitsOf(given),
    trustedProxies: given.lists.get('trusted-proxy') ?? ['*'],
  }
  return { ok: true, settings, level: levelOf(texts.get('log-level')), warnings: warningsOf(given) }
}

const numberOf = ({ texts }: ChpArguments, name: string): number => Number.parseInt(texts.get(name) ?? '', 10) || 0

/** Null: all addresses. */
function hostOf(text: string): string | null {
  if (text === '' || text === '*') return null
  return text === 'localhost' ? '127.0.0.1' : text
}

function listenOf(given: ChpArguments): ListenAddress {
  const socketPath = given.texts.get('socket')
  if (socketPath !== undefined) return { socketPath }
  return { host: hostOf(given.texts.get('ip') ?? ''), port: numberOf(given, 'port') || 8000 }
}

function apiOf(given: ChpArguments, listen: ListenAddress): ListenAddress {
  const socketPath = given.texts.get('api-socket')
  if (socketPath !== undefined) return { socketPath }
  const beside = 'port' in listen ? listen.port + 1 : 8001
  return { host: hostOf(given.texts.get('api-ip') ?? 'localhost'), port: numberOf(given, 'api-port') || beside }
}

function tlsOf(
  { texts, switches }: ChpArguments,
  prefix: 'ssl' | 'api-ssl' | 'client-ssl',
  passphrase: string | undefined,
): TlsFiles | null {
  const keyFile = texts.get(`${prefix}-key`) ?? null
  const certFile = texts.get(`${prefix}-cert`) ?? null
  const caFile = texts.get(`${prefix}-ca`) ?? null
  if (keyFile === null && certFile === null && (prefix !== 'client-ssl' || caFile === null)) return null
  return {
    keyFile,
    certFile,
    caFile,
    passphrase: passphrase ?? null,
    requestCert: switches.has(`${prefix}-request-cert`),
    rejectUnauthorized: switches.has(`${prefix}-reject-unauthorized`),
    dhparamFile: texts.get('ssl-dhparam') ?? null,
  }
}

function forwardingOf(given: ChpArguments): ForwardingRules | string {
  const { texts, switches, lists } = given
  const customHeaders: (readonly [string, string])[] = []
  for (const text of lists.get('custom-header') ?? []) {
    const colon = text.indexOf(':')
    const name = text.slice(0, Math.max(colon, 0)).trim()
    const value = text.slice(colon + 1).trim()
    if (name === '') return `A colon was expected in custom header: ${text}`
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      return `not a header that can be sent: ${text}`
    customHeaders.push([name, value])
  }
  return {
    ...defaultForwarding,
    xForward: !switches.has('x-forward'),
    prependPath: !switches.has('prepend-path'),
    includePrefix: !switches.has('include-prefix'),
    autoRewrite: switches.has('auto-rewrite'),
    changeOrigin: switches.has('change-origin'),
    hostRouting: switches.has('host-routing'),
    protocolRewrite: texts.get('protocol-rewrite') ?? null,
    customHeaders,
  }
}

function limitsOf(given: ChpArguments): ProxyLimits {
  return {
    ...defaultLimits,
    maxHeadBytes: maxHeaderSize,
    timeoutMs: numberOf(given, 'timeout'),
    proxyTimeoutMs: numberOf(given, 'proxy-timeout'),
    keepAliveTimeoutMs: numberOf(given, 'keep-alive-timeout') || defaultLimits.keepAliveTimeoutMs,
    headerTimeoutMs: numberOf(given, 'header-timeout') || defaultLimits.headerTimeoutMs,
    drainMs: given.texts.has('drain-timeout') ? numberOf(given, 'drain-timeout') : defaultLimits.drainMs,
  }
}

type Redirect = { readonly port: number; readonly to: number | null } | null

function redirectOf(given: ChpArguments): Redirect {
  const port = numberOf(given, 'redirect-port')
  return port === 0 ? null : { port, to: numberOf(given, 'redirect-to') || null }
}

/** Port 80 itself and a public unix socket have nothing to be redirected from. */
const usableRedirect = (redirect: Redirect, listen: ListenAddress): Redirect => ('port' in listen && listen.port !== 80 ? redirect : null)

const versionOf = (name: string | undefined): 'TLSv1.2' | 'TLSv1.3' | null =>
  name === undefined ? null : name.startsWith('TLSv1_3') ? 'TLSv1.3' : 'TLSv1.2'

function levelOf(text: string | undefined): 'error' | 'warn' | 'info' | 'debug' {
  const level = text?.toLowerCase()
  if (level === 'error' || level === 'warn' || level === 'debug') return level
  return level === 'silly' || level === 'verbose' ? 'debug' : 'info'
}

function wrongOf(given: ChpArguments, tls: TlsFiles | null, redirect: Redirect): string | null {
  if (redirect !== null && tls === null)
    return 'HTTPS redirection specified but HTTPS not enabled: --redirect-port needs --ssl-key and --ssl-cert'
  if (given.texts.has('storage-backend'))
    return '--storage-backend is not taken: routes live in memory, and the hub brings them back after a restart'
  const errorTarget = given.texts.get('error-target')
  if (errorTarget !== undefined && parseTarget(errorTarget) === null) return `--error-target is no URL that can be used: ${errorTarget}`
  try {
    createTrust(given.lists.get('trusted-proxy') ?? [])
    return null
  } catch (error) {
    return `--trusted-proxy: ${error instanceof Error ? error.message : 'unreadable'}`
  }
}

function warningsOf({ texts, switches }: ChpArguments): readonly string[] {
  const metrics = texts.has('metrics-port') || texts.has('metrics-socket')
  return [
    ...(switches.has('ssl-allow-rc4') ? ['--ssl-allow-rc4 has no effect: RC4 is not spoken any more.'] : []),
    ...(switches.has('insecure') ? ['--insecure: certificates of https targets are not verified.'] : []),
    ...(texts.get('ip') === '*' ? ["Interpreting ip='*' as all interfaces; --ip= means the same."] : []),
    ...(metrics ? ['Metrics are not served yet; --metrics-ip, --metrics-port and --metrics-socket have no effect.'] : []),
  ]
}
