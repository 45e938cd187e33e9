import { execFileSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { listens, proxyCore, startOn } from './processes.ts'

/** A proxy that is running. */
export type Contestant = { readonly name: string; readonly port: number; readonly pid: number }

type Start = (around: { readonly upstream: number; readonly folder: string }) => Promise<Contestant>

const root = join(import.meta.dirname, '..', '..')
const token = 'bench'
/** Routes that are there besides the one that is asked for. */
const otherRoutes = 200

/** True when a program is on the path. */
export const found = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))

/** Sketches that show where the limits are; measured when they are named. */
const sketches = new Set(['http', 'bare'])

/** The contestants of these names; all real ones that this machine has when none is named. */
export function contestants(names: readonly string[]): readonly Start[] {
  const unknown = names.find((name) => starters[name] === undefined)
  if (unknown !== undefined) throw new Error(`unknown contestant ${unknown}; known are ${Object.keys(starters).join(', ')}`)
  if (names.length === 0 && !found('haproxy')) process.stderr.write('haproxy is not installed: left out\n')
  const usual = (name: string): boolean => !sketches.has(name) && (name !== 'haproxy' || found(name))
  const chosen = names.length > 0 ? names : Object.keys(starters).filter(usual)
  return chosen.flatMap((name) => starters[name] ?? [])
}

const starters: Readonly<Record<string, Start>> = {
  direct: ({ upstream, folder }) => Promise.resolve({ name: 'direct', port: upstream, pid: workerOf(pidIn(folder, 'upstream.pid')) }),
  orrery: ({ upstream }) => startLikeChp('orrery', [process.execPath, join(root, 'src', 'main.ts'), 'proxy', '--chp'], upstream),
  chp: ({ upstream }) =>
    startLikeChp('chp', [process.execPath, join(root, 'bench/node_modules/configurable-http-proxy/bin/configurable-http-proxy')], upstream),
  nginx: startNginx,
  haproxy: startHaproxy,
  http: ({ upstream }) => startSketch('http', 'plain-http.ts', upstream),
  bare: ({ upstream }) => startSketch('bare', 'bare-net.ts', upstream),
}

async function startSketch(name: string, file: string, upstream: number): Promise<Contestant> {
  const port = await freePort()
  const child = startOn(proxyCore, [process.execPath, join(import.meta.dirname, file), String(port), String(upstream)])
  await listens(port)
  return { name, port, pid: pidOf(child) }
}

/** Orrery takes the same command line and the same control API. */
async function startLikeChp(name: string, command: readonly string[], upstream: number): Promise<Contestant> {
  const port = await freePort()
  const apiPort = await freePort()
  const target = `http://127.0.0.1:${upstream}`
  const flags = [
    '--ip=127.0.0.1',
    `--port=${port}`,
    '--api-ip=127.0.0.1',
    `--api-port=${apiPort}`,
    `--default-target=${target}`,
    '--log-level=error',
  ]
  const child = startOn(proxyCore, [...command, ...flags], { CONFIGPROXY_AUTH_TOKEN: token })
  await listens(port)
  await listens(apiPort)
  for (let index = 0; index < otherRoutes; index++) {
    const answer = await fetch(`http://127.0.0.1:${apiPort}/api/routes/user/user-${index}`, {
      method: 'POST',
      headers: { authorization: `token ${token}` },
      body: JSON.stringify({ target }),
    })
    if (answer.status !== 201) throw new Error(`${name} did not take a route: ${answer.status}`)
  }
  return { name, port, pid: pidOf(child) }
}

const pidIn = (folder: string, file: string): number => Number(readFileSync(join(folder, file), 'utf8'))
const pidOf = (child: ChildProcess): number => child.pid ?? 0

async function startNginx({ upstream, folder }: Parameters<Start>[0]): Promise<Contestant> {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; proxy_temp_path ${folder}/nginx-proxy; client_body_temp_path ${folder}/nginx-body;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream servers { server 127.0.0.1:${upstream}; keepalive 128; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://servers; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
    }
  }
}
`,
  )
  startOn(proxyCore, ['nginx', '-c', file, '-e', 'stderr'])
  await listens(port)
  return { name: 'nginx', port, pid: workerOf(pidIn(folder, 'nginx.pid')) }
}

/** The child of a process that does the work. */
function workerOf(parent: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
  return Number(children[0] ?? parent)
}

function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])
  } catch {
    return 0
  }
}

async function startHaproxy({ upstream, folder }: Parameters<Start>[0]): Promise<Contestant> {
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend front
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  default_backend back
backend back
  server one 127.0.0.1:${upstream}
`,
  )
  const child = startOn(proxyCore, ['haproxy', '-db', '-f', file])
  await listens(port)
  return { name: 'haproxy', port, pid: pidOf(child) }
}

/** Versions of what is compared. */
export function versions(): Readonly<Record<string, string>> {
  const first = (command: string, args: readonly string[]): string => {
    try {
      return execFileSync('sh', ['-c', `${[command, ...args].join(' ')} 2>&1 | head -1`], { encoding: 'utf8' }).trim()
    } catch {
      return 'not there'
    }
  }
  const manifest = readFileSync(join(root, 'bench/node_modules/configurable-http-proxy/package.json'), 'utf8')
  const version = /"version": "([^"]+)"/.exec(manifest)?.[1] ?? ''
  return {
    node: process.version,
    chp: version,
    nginx: first('nginx', ['-v']),
    haproxy: first('haproxy', ['-v']),
    wrk: first('wrk', ['-v']),
  }
}
