import type { Given } from './given-values.ts'

/** What the command line says about the configuration. */
export type ConfigFlags = {
  /** `--config` */
  readonly config?: string | undefined
  /** `--data-dir` */
  readonly dataDir?: string | undefined
  /** `--host`: replaces the host of `proxy.bindUrl`. */
  readonly host?: string | undefined
  /** `--port`: replaces the port of `proxy.bindUrl`. */
  readonly port?: string | undefined
}

/** `proxy.bindUrl` with the host and port of the command line in place of its own. `*` and an empty host mean every address. */
export function flaggedBindUrl(flags: ConfigFlags, given: Given | null, fallback = 'http://127.0.0.1:8000'): Given | null {
  const { host, port } = flags
  if (host === undefined && port === undefined) return given
  const url = URL.parse(typeof given?.value === 'string' ? given.value : fallback)
  if (url === null) return given
  const name = port === undefined ? '--host' : '--port'
  const shownPort = port ?? url.port
  return {
    value: `${url.protocol}//${host === undefined ? url.hostname : hostText(host)}${shownPort === '' ? '' : `:${shownPort}`}`,
    origin: { kind: 'flag', name },
  }
}

function hostText(host: string): string {
  if (host === '' || host === '*') return '0.0.0.0'
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
