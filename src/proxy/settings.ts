import type { Ms } from '../core/time.ts'

/** A place to listen on. */
export type ListenAddress = { readonly host: string | null; readonly port: number } | { readonly socketPath: string }

/** Certificate files of a TLS listener or of our identity towards upstreams. PEM; read again on SIGHUP. */
export type TlsFiles = {
  readonly keyFile: string | null
  readonly certFile: string | null
  readonly caFile: string | null
  readonly passphrase: string | null
  /** Ask the peer for a certificate, and refuse it without a valid one. */
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
  readonly dhparamFile: string | null
}

/** Certificates from a certificate authority (RFC 8555), ordered and renewed by the proxy. Whoever sets this has agreed to its terms. */
export type AcmeSettings = {
  readonly directoryUrl: string
  /** Certificates that the authority's own address is checked by, in place of the public ones. PEM. */
  readonly caFile: string | null
  /** Host names, at least one. */
  readonly domains: readonly string[]
  readonly email: string | null
  /** Where account key and certificates are kept. */
  readonly folder: string
}

/** How requests are changed on their way. */
export type ForwardingRules = {
  /** Add X-Forwarded-*. */
  readonly xForward: boolean
  /** Put the path of the target in front. */
  readonly prependPath: boolean
  /** Keep the route's own path. */
  readonly includePrefix: boolean
  /** Host of the target instead of the client's. */
  readonly changeOrigin: boolean
  /** Rewrite redirects that point at the target. */
  readonly autoRewrite: boolean
  readonly protocolRewrite: string | null
  /** Set on every request, in place of what the client sent. */
  readonly customHeaders: readonly (readonly [name: string, value: string])[]
  readonly hostRouting: boolean
}

/** Zero: no limit. */
export type ProxyLimits = {
  /** From the first byte of a head to its end, and from the start of a connection to its first byte. */
  readonly headerTimeoutMs: Ms
  /** Idle time between two requests of a client. */
  readonly keepAliveTimeoutMs: Ms
  /** Silence of a client in the middle of a request body, and of one that does not read its answer. */
  readonly stallTimeoutMs: Ms
  /** Inactivity of a client connection during a request; it is then dropped without an answer. */
  readonly timeoutMs: Ms
  /** Inactivity of the upstream during a request; answered with 503. */
  readonly proxyTimeoutMs: Ms
  readonly connectTimeoutMs: Ms
  /** Idle time of a kept upstream connection. */
  readonly upstreamIdleMs: Ms
  readonly maxHeadBytes: number
  /** How long a stop waits for requests that are under way. */
  readonly drainMs: Ms
}

/** Field by which the hub knows that this proxy speaks, and that its X-Forwarded-* can be believed. */
export const hubProofName = 'x-orrery-proxy'

/** Where the hub is: requests that go there carry the proof, and what comes from elsewhere speaks for its own path only. */
export type HubRoute = { readonly target: string; readonly proof: string }

/** Everything `runProxy` needs to know. */
export type ProxySettings = {
  readonly listen: ListenAddress
  readonly api: ListenAddress
  /** Null: the control API is open to everybody who can connect. Allowed on a unix socket only, unless `insecureApi`. */
  readonly token: string | null
  readonly insecureApi: boolean
  readonly tls: TlsFiles | null
  /** In place of `tls`; null: no certificates are ordered. */
  readonly acme: AcmeSettings | null
  readonly apiTls: TlsFiles | null
  readonly clientTls: TlsFiles | null
  /** Do not verify certificates of https targets. */
  readonly insecure: boolean
  readonly ciphers: string | null
  readonly minTlsVersion: 'TLSv1.2' | 'TLSv1.3' | null
  /** A plain listener that sends to https, on port `to`. Without a host: on all addresses. */
  readonly redirect: { readonly host?: string; readonly port: number; readonly to: number | null } | null
  readonly defaultTarget: string | null
  /** Null: no route is that of a hub, and all of them are treated alike. */
  readonly hub: HubRoute | null
  readonly errorTarget: string | null
  readonly errorPath: string | null
  readonly pidFile: string | null
  readonly forwarding: ForwardingRules
  readonly limits: ProxyLimits
  /** Addresses or CIDR ranges whose X-Forwarded-* is believed; `*`: everybody's. Peers on a unix socket are believed. */
  readonly trustedProxies: readonly string[]
}

/** Limits of a proxy that was told nothing else. */
export const defaultLimits: ProxyLimits = {
  headerTimeoutMs: 20_000,
  keepAliveTimeoutMs: 5000,
  stallTimeoutMs: 300_000,
  timeoutMs: 0,
  proxyTimeoutMs: 0,
  connectTimeoutMs: 30_000,
  upstreamIdleMs: 4000,
  maxHeadBytes: 16_384,
  drainMs: 5000,
}

/** Rules of a proxy that was told nothing else. */
export const defaultForwarding: ForwardingRules = {
  xForward: true,
  prependPath: true,
  includePrefix: true,
  changeOrigin: false,
  autoRewrite: false,
  protocolRewrite: null,
  customHeaders: [],
  hostRouting: false,
}
