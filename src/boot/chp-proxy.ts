import { systemClock } from '../lib/clock.ts'
import { chpHelp, parseChpArguments } from '../proxy/chp-flags.ts'
import { createChpLog } from '../proxy/chp-log.ts'
import { chpSettings } from '../proxy/chp-settings.ts'
import { runProxy } from '../proxy/main.ts'
import { startFailure } from './start-failure.ts'
import type { ListenAddress } from '../proxy/settings.ts'
import type { Host } from './host.ts'
import type { ListenPlace } from './start-failure.ts'

/** How configurable-http-proxy ends when a signal asked for it. */
const signalledExitCode = 2

/**
 * Runs the proxy alone, with the arguments and environment of configurable-http-proxy. Resolves with its exit codes: 1 for a wrong command
 * line or a failed start, 2 when a signal ended it.
 */
export async function runChpProxy(host: Host, args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === '-h' || arg === '--help')) return print(host, chpHelp())
  if (args.some((arg) => arg === '-V' || arg === '--version')) return print(host, `${host.version}\n`)
  const given = parseChpArguments(args)
  if (typeof given === 'string') return refuse(host, given)
  const read = chpSettings(given, host.env)
  if (!read.ok) return refuse(host, read.sentence)
  const { settings, level, warnings } = read
  const log = createChpLog({ level, now: () => systemClock.now(), write: (line) => host.stdout.write(line) })
  for (const warning of warnings) log.warn(warning)
  const places = [
    ...placeOf(settings.listen, '--port'),
    ...placeOf(settings.api, '--api-port'),
    ...placeOf(settings.redirect, '--redirect-port'),
  ]
  try {
    const proxy = await runProxy(settings, { log, signal: stopSignal(host) })
    host.onHangUp(() => proxy.reloadTls())
    await proxy.closed
    return signalledExitCode
  } catch (error) {
    return refuse(host, startFailure(error, places))
  }
}

/** A parent with a message channel may ask too, or go away. */
function stopSignal({ stop, parent }: Host): AbortSignal {
  if (parent === null) return stop
  const asked = new AbortController()
  parent.onMessage(() => asked.abort())
  return AbortSignal.any([stop, parent.gone, asked.signal])
}

function placeOf(address: ListenAddress | { readonly port: number } | null, option: string): readonly ListenPlace[] {
  if (address === null || !('port' in address)) return []
  const name = 'host' in address ? address.host : null
  return [{ host: name ?? 'all addresses', port: address.port, option }]
}

function refuse(host: Host, sentence: string): number {
  host.stderr.write(`error: ${sentence}\n`)
  return 1
}

function print(host: Host, text: string): number {
  host.stdout.write(text)
  return 0
}
