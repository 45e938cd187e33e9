import { bindAddress } from '../../core/option-schemas.ts'
import type { Finding } from '../../core/findings.ts'
import { listen, type Answer } from '../../http/listen.ts'
import type { Config } from '../sections.ts'
import { hubHeader } from './public-url.ts'

type Place = { readonly host: string; readonly port: number }

/** Whether the ports of a hub that does not run are free. That of the proxy is its own while it runs. */
export async function lookAtPorts({ hub, proxy }: Pick<Config, 'hub' | 'proxy'>, proxyRuns: boolean): Promise<readonly Finding[]> {
  const places = [{ place: bindAddress(hub.bindUrl), option: 'hub.bindUrl' }, ...(proxyRuns ? [] : placesOf(proxy))]
  const looked = places.map(async ({ place, option }) => {
    const stand = await standIn([place], '', option)
    await stand.close()
    return stand.findings
  })
  return (await Promise.all(looked)).flat()
}

function placesOf({ bindUrl, redirectPort }: Config['proxy']): readonly { readonly place: Place; readonly option: string }[] {
  const place = bindAddress(bindUrl)
  const plain = redirectPort === undefined ? [] : [{ place: { host: place.host, port: redirectPort }, option: 'proxy.redirectPort' }]
  return [{ place, option: 'proxy.bindUrl' }, ...plain]
}

/** Something that answers like a hub to those who only want to know whether it is there. */
export type StandIn = { readonly findings: readonly Finding[]; close(): Promise<void> }

/** Listens at these places for a while. What cannot be bound is a finding. */
export async function standIn(places: readonly Place[], version: string, option = 'hub.bindUrl'): Promise<StandIn> {
  const answer: Answer = () => Response.json({ version }, { headers: { [hubHeader]: version } })
  const opened = await Promise.all(places.map((place) => open(answer, place, option)))
  return {
    findings: opened.flatMap((one) => ('finding' in one ? [one.finding] : [])),
    close: async () => {
      await Promise.all(opened.flatMap((one) => ('finding' in one ? [] : [one.close(0)])))
    },
  }
}

async function open(answer: Answer, { host, port }: Place, option: string) {
  try {
    return await listen(answer, { host: host === '*' ? '0.0.0.0' : host, port })
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const finding: Finding =
      reason === 'EADDRINUSE'
        ? { code: 'port_taken', detail: { port, host, option } }
        : { code: 'port_refused', detail: { port, host, reason, option } }
    return { finding }
  }
}
