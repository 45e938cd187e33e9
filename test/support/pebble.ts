import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSelfSigned } from '../../src/lib/self-signed.ts'
import { freePort } from './free-port.ts'
import { startNameServer } from './name-server.ts'
import { until } from './until.ts'

/** The certificate authority for tests of ACME clients, in the version that is installed for the tests. */
export const pebbleModule = 'github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1'
/** Where `go install` puts it. */
export const pebbleFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'orrery', 'pebble-2.10.1')

/** Path of the program; null when it was not installed. */
export const findPebble = (): string | null => (existsSync(join(pebbleFolder, 'pebble')) ? join(pebbleFolder, 'pebble') : null)

/** An address of this machine that nothing else uses: ports on it stay free until they are needed. */
export const certifiedHost = '127.83.27.1'

/** A running certificate authority that looks for every name at `certifiedHost`. */
export type RunningPebble = {
  readonly directoryUrl: string
  /** File with the certificate that its own address is checked by. */
  readonly caFile: string
  /** Port at which it checks HTTP-01. */
  readonly httpPort: number
  /** Port at which it checks TLS-ALPN-01. */
  readonly tlsPort: number
  /** What it has logged. */
  said(): string
  stop(): Promise<void>
}

/** Starts one whose certificates live for so many seconds. */
export async function startPebble(program: string, validitySeconds: number): Promise<RunningPebble> {
  const folder = await mkdtemp(join(tmpdir(), 'orrery-pebble-'))
  const [port, management, httpPort, tlsPort] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const { key, cert } = createSelfSigned(['127.0.0.1', 'localhost'], new Date())
  await Promise.all([writeFile(keyFile, key), writeFile(caFile, cert)])
  const pebble = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: caFile,
    privateKey: keyFile,
    httpPort,
    tlsPort,
    ocspResponderURL: '',
    externalAccountBindingRequired: false,
    retryAfter: { authz: 1, order: 1 },
    profiles: { default: { description: 'short lives', validityPeriod: validitySeconds } },
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify({ pebble }))
  const names = await startNameServer(certifiedHost)
  const args = ['-config', join(folder, 'config.json'), '-dnsserver', `127.0.0.1:${names.port}`]
  const child = spawn(program, args, { cwd: folder, env: { ...process.env, PEBBLE_VA_NOSLEEP: '1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const endWithUs = (): void => void child.kill('SIGTERM')
  process.once('exit', endWithUs)
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs)
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    names.close()
    await rm(folder, { recursive: true, force: true })
  }
  await until(() => {
    if (child.exitCode !== null) throw new Error(`pebble ended:\n${said}`)
    return said.includes('Listening on')
  })
  return { directoryUrl: `https://127.0.0.1:${port}/dir`, caFile, httpPort, tlsPort, said: () => said, stop }
}
