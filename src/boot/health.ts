import { readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { bindAddress, isWildcard } from '../core/option-schemas.ts'
import type { Ms } from '../core/time.ts'
import { guardSocket } from './guard-socket.ts'
import type { LoadedConfig } from './load-config.ts'

const patienceMs: Ms = 5_000

/** Where a part answers when it is well. */
type Place = { readonly url: string; readonly socketPath?: string }

const places: Readonly<Record<string, (loaded: LoadedConfig) => Place>> = {
  hub: ({ config }) => ({ url: `${originOf(config.hub.bindUrl)}${config.hub.baseUrl}hub/health` }),
  proxy: ({ config }) => ({ url: `${originOf(config.proxy.bindUrl)}/_chp_healthz` }),
  'engine-guard': ({ config, dataDir }) => ({ url: 'http://guard/_ping', socketPath: guardSocket(config.guard, dataDir) }),
}

/** What is wrong with a part of the installation, one sentence each; nothing when it is well. `part` null: the part that process 1 is, else hub and proxy. */
export async function ailments(loaded: LoadedConfig, part: string | null): Promise<readonly string[]> {
  if (part !== null && places[part] === undefined) return [`There is no part '${part}'. The parts are: ${Object.keys(places).join(', ')}.`]
  const parts = part === null ? await partsOfProcessOne() : [part]
  const found = await Promise.all(parts.map((name) => ailment(name, places[name]?.(loaded) ?? null)))
  return found.flatMap((sentence) => sentence ?? [])
}

/** In a container of its own a part is process 1. */
async function partsOfProcessOne(): Promise<readonly string[]> {
  const words = (await readFile('/proc/1/cmdline', 'utf8').catch(() => '')).split('\0')
  const main = words.findIndex((word) => word.endsWith('/src/main.ts'))
  const part = main < 0 ? undefined : words[main + 1]
  return part !== undefined && places[part] !== undefined ? [part] : ['hub', 'proxy']
}

async function ailment(name: string, place: Place | null): Promise<string | null> {
  if (place === null) return null
  try {
    const status = await statusOf(place)
    return status === 200 ? null : `The ${name} answers with ${status}.`
  } catch (error) {
    return `The ${name} does not answer: ${error instanceof Error ? error.message : 'unknown'}.`
  }
}

/** The certificate is for those who come by its name, not for this machine. */
function statusOf({ url, socketPath }: Place): Promise<number> {
  const options = { timeout: patienceMs, agent: false as const, ...(socketPath === undefined ? {} : { socketPath }) }
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(url, { ...options, rejectUnauthorized: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('timeout', () => request.destroy(new Error('it takes too long')))
    request.on('error', reject).end()
  })
}

function originOf(bindUrl: string): string {
  const { host, port, secure } = bindAddress(bindUrl)
  const name = isWildcard(host) ? (host === '::' ? '::1' : '127.0.0.1') : host
  return `${secure ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
