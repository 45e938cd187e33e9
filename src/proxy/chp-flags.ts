/** A flag of the command line of configurable-http-proxy, or one that we add to it. */
export type ChpFlag = {
  /** `text` and `number` take a value; `on` is a switch; `off` is a switch `--no-NAME` for something that is on by default. */
  readonly kind: 'text' | 'number' | 'on' | 'off' | 'list'
  readonly placeholder?: string
  readonly doc: string
  /** Taken so that existing command lines work, but without effect; the start says so. */
  readonly inert?: string
}

/** Every flag by its name without `--` (and without `no-`). The order is that of the help. */
export const chpFlags = {
  ip: { kind: 'text', placeholder: 'ADDRESS', doc: 'Public address; empty or * for all.' },
  port: { kind: 'number', placeholder: 'N', doc: 'Public port (8000).' },
  socket: { kind: 'text', placeholder: 'PATH', doc: 'Public unix socket instead of ip and port.' },
  'ssl-key': { kind: 'text', placeholder: 'FILE', doc: 'Private key of the public side (PEM); makes it https.' },
  'ssl-cert': { kind: 'text', placeholder: 'FILE', doc: 'Certificate chain of the public side (PEM).' },
  'ssl-ca': { kind: 'text', placeholder: 'FILE', doc: 'Authority for certificates of clients.' },
  'ssl-request-cert': { kind: 'on', doc: 'Ask clients for a certificate.' },
  'ssl-reject-unauthorized': { kind: 'on', doc: 'Refuse clients without a valid certificate (needs --ssl-request-cert).' },
  'ssl-protocol': { kind: 'text', placeholder: 'NAME', doc: 'Oldest TLS version that is spoken: TLSv1_2 or TLSv1_3.' },
  'ssl-ciphers': { kind: 'text', placeholder: 'LIST', doc: 'Ciphers, separated by colons.' },
  'ssl-allow-rc4': { kind: 'on', doc: 'No effect.', inert: 'RC4 is not spoken any more' },
  'ssl-dhparam': { kind: 'text', placeholder: 'FILE', doc: 'Diffie-Hellman parameters (PEM).' },
  'api-ip': { kind: 'text', placeholder: 'ADDRESS', doc: 'Address of the control API (127.0.0.1).' },
  'api-port': { kind: 'number', placeholder: 'N', doc: 'Port of the control API (public port + 1).' },
  'api-socket': { kind: 'text', placeholder: 'PATH', doc: 'Unix socket of the control API instead of api-ip and api-port.' },
  'api-ssl-key': { kind: 'text', placeholder: 'FILE', doc: 'Private key of the control API; makes it https.' },
  'api-ssl-cert': { kind: 'text', placeholder: 'FILE', doc: 'Certificate chain of the control API.' },
  'api-ssl-ca': { kind: 'text', placeholder: 'FILE', doc: 'Authority for certificates of callers.' },
  'api-ssl-request-cert': { kind: 'on', doc: 'Ask callers for a certificate.' },
  'api-ssl-reject-unauthorized': { kind: 'on', doc: 'Refuse callers without a valid certificate.' },
  'client-ssl-key': { kind: 'text', placeholder: 'FILE', doc: 'Private key shown to https targets.' },
  'client-ssl-cert': { kind: 'text', placeholder: 'FILE', doc: 'Certificate shown to https targets.' },
  'client-ssl-ca': { kind: 'text', placeholder: 'FILE', doc: 'The only authority for certificates of https targets.' },
  'client-ssl-request-cert': { kind: 'on', doc: 'No effect: certificates of targets are always asked for.' },
  'client-ssl-reject-unauthorized': { kind: 'on', doc: 'No effect: certificates of targets are verified unless --insecure.' },
  'default-target': { kind: 'text', placeholder: 'URL', doc: 'Where everything goes that no other route covers.' },
  'error-target': { kind: 'text', placeholder: 'URL', doc: 'Server of error pages: GET URL/<code>?url=<address>.' },
  'error-path': { kind: 'text', placeholder: 'FOLDER', doc: 'Folder with <code>.html and error.html.' },
  'redirect-port': { kind: 'number', placeholder: 'N', doc: 'A plain port whose visitors are sent to https.' },
  'redirect-to': { kind: 'number', placeholder: 'N', doc: 'The https port they are sent to (the public port).' },
  'pid-file': { kind: 'text', placeholder: 'FILE', doc: 'Written at the start, removed at the end.' },
  'x-forward': { kind: 'off', doc: 'Do not add X-Forwarded headers.' },
  'prepend-path': { kind: 'off', doc: 'Do not put the path of the target in front.' },
  'include-prefix': { kind: 'off', doc: 'Take the path of the route away.' },
  'auto-rewrite': { kind: 'on', doc: 'Rewrite host and port of redirects that point at the target.' },
  'protocol-rewrite': { kind: 'text', placeholder: 'PROTO', doc: 'Rewrite the scheme of such redirects.' },
  'change-origin': { kind: 'on', doc: 'Send the host of the target as Host.' },
  'custom-header': { kind: 'list', placeholder: 'NAME:VALUE', doc: 'A header for every request; may be repeated.' },
  insecure: { kind: 'on', doc: 'Do not verify certificates of https targets.' },
  'host-routing': { kind: 'on', doc: 'The first segment of a route is a host name.' },
  'metrics-ip': { kind: 'text', placeholder: 'ADDRESS', doc: 'Address of the metrics; empty or * for all.' },
  'metrics-port': { kind: 'number', placeholder: 'N', doc: 'Port of the metrics; without it there are none.' },
  'metrics-socket': { kind: 'text', placeholder: 'PATH', doc: 'Unix socket of the metrics.' },
  'log-level': { kind: 'text', placeholder: 'LEVEL', doc: 'error, warn, info or debug (info).' },
  timeout: { kind: 'number', placeholder: 'MS', doc: 'Drop a client that is silent for this long during a request.' },
  'proxy-timeout': { kind: 'number', placeholder: 'MS', doc: 'Give up on a target that is silent for this long during a request.' },
  'storage-backend': { kind: 'text', placeholder: 'MODULE', doc: 'Not taken: routes live in memory, and the hub brings them back.' },
  'keep-alive-timeout': { kind: 'number', placeholder: 'MS', doc: 'Idle time of a client connection between requests (5000).' },
  'trusted-proxy': { kind: 'list', placeholder: 'RANGE', doc: 'Believe X-Forwarded headers of these addresses only; may be repeated (*).' },
  'header-timeout': { kind: 'number', placeholder: 'MS', doc: 'Time for the head of a request to arrive (20000).' },
  'drain-timeout': { kind: 'number', placeholder: 'MS', doc: 'How long the end waits for requests that are under way (5000).' },
  'insecure-api': { kind: 'on', doc: 'Run the control API without a token.' },
} as const satisfies Readonly<Record<string, ChpFlag>>

/** Name of a flag. */
export type ChpFlagName = keyof typeof chpFlags

/** What was given: the last text of each flag with a value, all texts of a list, and the switches. */
export type ChpArguments = {
  readonly texts: ReadonlyMap<string, string>
  readonly lists: ReadonlyMap<string, readonly string[]>
  readonly switches: ReadonlySet<string>
}

/** The arguments, or one sentence about the first that is wrong. `--flag value` and `--flag=value` are the same; `--flag=` is an empty text. */
export function parseChpArguments(args: readonly string[]): ChpArguments | string {
  const texts = new Map<string, string>()
  const lists = new Map<string, string[]>()
  const switches = new Set<string>()
  for (let at = 0; at < args.length; at++) {
    const [given, inline] = splitArgument(args[at] ?? '')
    const found = findFlag(given)
    if (found === null) return `unknown option '${given}'`
    const [name, { kind }] = found
    if (kind === 'on' || kind === 'off') {
      if (inline !== undefined) return `option '${given}' takes no value`
      switches.add(name)
      continue
    }
    const value = inline ?? args[++at]
    if (value === undefined) return `option '${given}' needs a value`
    if (kind === 'list') lists.set(name, [...(lists.get(name) ?? []), value])
    else texts.set(name, value)
  }
  return { texts, lists, switches }
}

function splitArgument(text: string): readonly [string, string | undefined] {
  const at = text.indexOf('=')
  return text.startsWith('--') && at !== -1 ? [text.slice(0, at), text.slice(at + 1)] : [text, undefined]
}

function findFlag(given: string): readonly [string, ChpFlag] | null {
  const bare = given.startsWith('--') ? given.slice(2) : ''
  for (const [name, flag] of Object.entries<ChpFlag>(chpFlags)) {
    if (bare === (flag.kind === 'off' ? `no-${name}` : name)) return [name, flag]
  }
  return null
}

/** The help of the command line. */
export function chpHelp(): string {
  const rows = Object.entries<ChpFlag>(chpFlags).map(([name, { kind, placeholder, doc }]): readonly [string, string] => [
    `--${kind === 'off' ? 'no-' : ''}${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
    doc,
  ])
  const width = Math.max(...rows.map(([head]) => head.length))
  return ['Usage: configurable-http-proxy [options]', '', ...rows.map(([head, doc]) => `  ${head.padEnd(width)}  ${doc}`), ''].join('\n')
}
