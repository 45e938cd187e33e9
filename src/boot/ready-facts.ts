import { bindAddress, isWildcard } from '../core/option-schemas.ts'
import type { Ms } from '../core/time.ts'
import type { ReadyFacts } from './host.ts'
import type { Config } from './sections.ts'

/** Address of the hub for people on this machine, with the base URL: `http://127.0.0.1:8000/`. */
export function localAddress({ hub, proxy }: Pick<Config, 'hub' | 'proxy'>): string {
  const { host, port, secure } = bindAddress(proxy.bindUrl)
  const name = isWildcard(host) ? 'localhost' : host
  const standard = port === (secure ? 443 : 80)
  const origin = `${secure ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}${standard ? '' : `:${port}`}`
  return `${origin}${hub.baseUrl}`
}

/** The line that tells people where to go: to set up when there is nobody yet, else to sign in. */
export function readyLine(config: Pick<Config, 'hub' | 'proxy'>, setUpPath: string | null): string {
  const address = config.hub.publicUrl ?? localAddress(config)
  if (setUpPath === null) return `Orrery is ready: sign in at ${address}`
  return `Orrery is ready. Make the first administrator: ${new URL(setUpPath, address).href}`
}

/** What a process of this configuration tells when it serves. */
export const readyFacts = (config: Config, setUpPath: string | null, stopDeadlineMs: Ms): ReadyFacts => ({
  line: readyLine(config, setUpPath),
  signInPage: `${localAddress(config)}hub/login`,
  setUpPath,
  jsonOnly: config.log.format === 'json',
  stopDeadlineMs,
})
