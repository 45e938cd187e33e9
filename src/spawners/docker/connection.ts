import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DockerOptions } from './options.ts'

/** Where the engine is, in the words of its client. */
export type Connection = {
  /** As operators write it: `unix:///var/run/docker.sock`, `tcp://host:2375`. */
  readonly url: string
  readonly socketPath: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly protocol: 'http' | 'https'
  readonly tls: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer } | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** The engine that is configured, else the one of DOCKER_HOST, else the first socket that is there. Throws when a certificate cannot be read. */
export function connectionOf(options: Pick<DockerOptions, 'engineUrl' | 'engineTls'>, env: Environment): Connection {
  const url = options.engineUrl ?? (env['DOCKER_HOST'] || defaultSocket(env))
  if (url.startsWith('unix://')) {
    return { url, socketPath: url.slice('unix://'.length), host: undefined, port: undefined, protocol: 'http', tls: null }
  }
  const tls = tlsOf(options, env)
  const { hostname, port } = new URL(url.replace(/^\w+:/, 'http:'))
  const secure = tls !== null || url.startsWith('https:')
  return {
    url,
    socketPath: undefined,
    host: hostname,
    port: Number(port || (secure ? 2376 : 2375)),
    protocol: secure ? 'https' : 'http',
    tls,
  }
}

/** The socket of the system, else the one of an engine that runs without root. */
function defaultSocket(env: Environment): string {
  const places = ['/var/run/docker.sock', ...rootlessSockets(env)]
  return `unix://${places.find((path) => existsSync(path)) ?? '/var/run/docker.sock'}`
}

function rootlessSockets(env: Environment): readonly string[] {
  const runtime = env['XDG_RUNTIME_DIR']
  const home = env['HOME']
  return [
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')] : []),
    ...(home ? [join(home, '.docker', 'run', 'docker.sock')] : []),
  ]
}

function tlsOf({ engineTls }: Pick<DockerOptions, 'engineTls'>, env: Environment): Connection['tls'] {
  const folder = env['DOCKER_CERT_PATH']
  const fromFolder =
    env['DOCKER_TLS_VERIFY'] && folder ? { ca: join(folder, 'ca.pem'), cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') } : null
  const files = engineTls ?? fromFolder
  return files === null ? null : { ca: readFileSync(files.ca), cert: readFileSync(files.cert), key: readFileSync(files.key) }
}
