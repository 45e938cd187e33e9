import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSelfSigned } from '../../src/lib/self-signed.ts'
import { freePort } from './free-port.ts'
import { toolPath } from './machine.ts'
import { until } from './until.ts'

/** The file of nginx that the project ships. */
export const shippedConf = join(import.meta.dirname, '..', '..', 'deploy', 'nginx', 'orrery.conf')

/** An nginx of its own, in front of a hub. */
export type RunningNginx = {
  /** Port for https, on 127.0.0.1. */
  readonly port: number
  /** Port that only sends to https. */
  readonly plainPort: number
  /** The certificate, for those who check it. */
  readonly cert: string
  readonly certFile: string
  /** Words behind `nginx` that mean this one. */
  readonly args: readonly string[]
  /** Reads its files again: new workers, while the old ones end what they have. */
  reload(): void
  /** How many worker processes there are. */
  workers(): Promise<number>
  stop(): Promise<void>
}

/**
 * Starts nginx with the shipped file, for `hub.example.org` and hosts below it, with a certificate made now. `adapt` changes the file as an
 * operator would. Throws what nginx says when it does not like the file.
 */
export async function startNginx(target: string, adapt: (conf: string) => string = (conf) => conf): Promise<RunningNginx> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-nginx-'))
  const [port, plainPort] = [await freePort(), await freePort()]
  const { key, cert } = createSelfSigned(['hub.example.org', '*.hub.example.org', 'localhost'], new Date())
  await writeFile(join(folder, 'privkey.pem'), key, { mode: 0o600 })
  await writeFile(join(folder, 'fullchain.pem'), cert)
  const conf = adapt(await readFile(shippedConf, 'utf8'))
    .replaceAll('http://127.0.0.1:8000', target)
    .replace('listen 443', `listen 127.0.0.1:${port}`)
    .replace('listen 80', `listen 127.0.0.1:${plainPort}`)
    .replaceAll('/etc/ssl/hub.example.org', folder)
  await writeFile(join(folder, 'orrery.conf'), conf)
  await writeFile(join(folder, 'nginx.conf'), surroundings(folder))
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]
  const checked = spawnSync(toolPath('nginx'), [...args, '-t'], { encoding: 'utf8' })
  if (checked.status !== 0) throw new Error(`nginx -t: ${checked.stderr}`)
  const child = spawn(toolPath('nginx'), args, { stdio: 'ignore' })
  const endWithUs = (): void => void child.kill('SIGTERM')
  process.once('exit', endWithUs)
  await until(() =>
    fetch(`http://127.0.0.1:${plainPort}/`, { redirect: 'manual' }).then(
      () => true,
      () => false,
    ),
  )
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs)
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  const workers = async (): Promise<number> => {
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    return children.trim().split(' ').length
  }
  return { port, plainPort, cert, certFile: join(folder, 'fullchain.pem'), args, reload: () => child.kill('SIGHUP'), workers, stop }
}

/** What stands around a file of conf.d: nothing outside of the folder is written. */
function surroundings(folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`)
  const account = process.getuid?.() === 0 ? 'user root;' : ''
  return `daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; ${account} events {}
http { access_log off; ${temporary.join(' ')} include ${join(folder, 'orrery.conf')}; }\n`
}
