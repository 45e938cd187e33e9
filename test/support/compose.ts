import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { composeName, sweepCompose } from './compose-name.ts'
import { exitOf } from './docker/build-image.ts'
import type { Container } from './docker/containers.ts'
import type { DockerEngine } from './docker-engine.ts'
import { freePort } from './free-port.ts'
import { toolPath } from './machine.ts'
import { admin } from './orrery.ts'

/** The installation of `deploy/compose` in a folder of its own, as somebody would have who copied that folder. */
export type ComposeFolder = {
  readonly folder: string
  readonly url: string
  /** First part of the names of everything in it. */
  readonly name: string
  /** Sets variables of `.env`; the others stay. */
  set(variables: Readonly<Record<string, string>>): void
  /** Runs `docker-compose`; resolves with what it printed, rejects when it fails. */
  run(...args: readonly string[]): Promise<string>
  part(name: 'hub' | 'proxy' | 'engine-guard'): Promise<Container>
  /** The container of somebody's default server. */
  server(userName: string): Promise<Container>
  /** Takes everything away, servers and their volumes too. */
  close(): Promise<void>
}

/** Copies `deploy/compose` and fills in what belongs to this engine. Nothing is started. Requires `needs('docker', 'docker-compose')`. */
export async function composeFolder(
  engine: DockerEngine,
  images: { readonly orrery: string; readonly notebook: string },
): Promise<ComposeFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-compose-'))
  cpSync(join(import.meta.dirname, '..', '..', 'deploy', 'compose'), folder, { recursive: true })
  chmodSync(folder, 0o755)
  const name = composeName()
  const port = await freePort()
  const variables: Record<string, string> = {
    ORRERY_NAME: name,
    ORRERY_IMAGE: images.orrery,
    ORRERY_PORT: `127.0.0.1:${port}`,
    ORRERY_ENGINE_SOCKET: engine.socketPath,
    ORRERY_SPAWNER_PREFIX: name,
    ORRERY_SPAWNER_PULL_POLICY: 'never',
    ORRERY_SPAWNER_STOP_TIMEOUT_SECONDS: '3',
    DOCKER_NETWORK_NAME: `${name}-net`,
    DOCKER_NOTEBOOK_IMAGE: images.notebook,
    ORRERY_ADMIN_USER: admin.name,
    ORRERY_ADMIN_PASSWORD: admin.password,
  }
  const example = readFileSync(join(folder, '.env.example'), 'utf8')
  const set = (changes: Readonly<Record<string, string>>): void => {
    Object.assign(variables, changes)
    const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(join(folder, '.env'), `${example}\n${lines.join('')}`)
  }
  set({})
  writeFileSync(join(folder, 'userlist'), `${admin.name} admin\n`)

  const run = async (...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, DOCKER_HOST: engine.host, COMPOSE_PROJECT_NAME: name }
    const child = spawn(toolPath('docker-compose'), [...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), exitOf(child)])
    if (code !== 0) throw new Error(`docker-compose ${args.join(' ')} ended with ${String(code)}: ${output}${errors}`)
    return output + errors
  }
  const close = async (): Promise<void> => {
    await run('down', '--volumes').catch(() => {})
    await sweepCompose(engine, name)
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    folder,
    url: `http://127.0.0.1:${port}`,
    name,
    set,
    run,
    close,
    part: (part) => engine.find(`${name}-${part}`),
    server: (userName) => engine.find(`${name}-${userName}`),
  }
}
