import type { Finding } from '../../core/findings.ts'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import { z } from 'zod'
import { serverUrl } from '../../core/addresses.ts'
import { judgeClocks, judgeEnding, judgeFront } from '../../core/judge-installation.ts'
import type { Ms } from '../../core/time.ts'
import { probe, type Probed } from '../../lib/http-client.ts'
import { tryUpgrade } from '../../lib/try-upgrade.ts'
import { localAddress } from '../ready-facts.ts'
import type { Config } from '../sections.ts'

const patienceMs = 5_000

/** Header by which a hub is known. */
export const hubHeader = 'x-jupyterhub-version'

/** Whether people who open the addresses that a running hub tells them come here, with all that notebooks need. */
export async function lookAtAddresses(config: Pick<Config, 'hub' | 'proxy'>, now: Ms): Promise<readonly Finding[]> {
  const main = await lookAtPublicUrl(config.hub, now)
  if (main.some(({ code }) => code === 'public_url_wrong')) return main
  return [...main, ...(await lookAtFront(config)), ...(await lookAtUserHosts(config.hub))]
}

/** Whether a running hub answers at the address that it tells people. Nothing when no address is configured. */
async function lookAtPublicUrl({ publicUrl }: Config['hub'], now: Ms): Promise<readonly Finding[]> {
  if (publicUrl === undefined) return []
  const answer = await probe(`${publicUrl.replace(/\/$/, '')}/hub/api/`, { timeoutMs: patienceMs })
  if (answer.kind !== 'answer' || answer.headers[hubHeader] === undefined)
    return [{ code: 'public_url_wrong', detail: { url: publicUrl, reason: reasonOf(answer) } }]
  const told = answer.headers.date
  const clocks = told === undefined ? [] : judgeClocks(publicUrl, Date.parse(told), now)
  const certificate = await certificateAt(new URL(publicUrl))
  const ending = certificate === null ? [] : judgeEnding(publicUrl, certificate, now)
  return [{ code: 'public_url_reached', detail: { url: publicUrl } }, ...clocks, ...ending]
}

/** Whether what stands in front of the proxy passes on what notebooks need. Nothing when that cannot be told: the way to the proxy itself fails too. */
async function lookAtFront(config: Pick<Config, 'hub' | 'proxy'>): Promise<readonly Finding[]> {
  const { publicUrl } = config.hub
  const direct = localAddress(config)
  if (publicUrl === undefined || new URL(publicUrl).origin === new URL(direct).origin) return []
  const path = 'hub/api/upgrade-trial'
  const itself = await tryUpgrade(`${direct}${path}`, { timeoutMs: patienceMs, anyCertificate: true })
  if (itself.kind !== 'upgraded') return []
  const answer = await tryUpgrade(`${publicUrl.replace(/\/?$/, '/')}${path}`, { timeoutMs: patienceMs })
  if (answer.kind !== 'upgraded') return [{ code: 'front_no_upgrade', detail: { url: publicUrl, reason: refusalOf(answer) } }]
  const arrived = arrivedSchema.safeParse(JSON.parse(answer.text))
  return arrived.success ? judgeFront(publicUrl, arrived.data) : []
}

const arrivedSchema = z.object({ host: z.string(), proto: z.string() })

/** Whether hosts of people lead here, by the name of nobody. Nothing without such hosts. */
async function lookAtUserHosts({ subdomainHost, baseUrl }: Config['hub']): Promise<readonly Finding[]> {
  if (subdomainHost === undefined) return []
  const nobody = serverUrl({ subdomainHost, baseUrl }, '-', '')
  const answer = await probe(new URL(`${baseUrl}hub/api/`, nobody).href, { timeoutMs: patienceMs })
  if (answer.kind === 'answer' && answer.headers[hubHeader] !== undefined) return []
  return [{ code: 'user_hosts_unreached', detail: { host: new URL(subdomainHost).hostname, reason: reasonOf(answer) } }]
}

const refusalOf = (answer: Probed): string =>
  answer.kind === 'answer' ? `it answers with ${answer.status} instead of 101` : reasonOf(answer)

/** The life of the certificate that is shown there; null without https. */
function certificateAt({ protocol, hostname, port }: URL): Promise<{ readonly from: Ms; readonly to: Ms } | null> {
  if (protocol !== 'https:') return Promise.resolve(null)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || 443), ...(isIP(host) === 0 ? { servername: host } : {}), timeout: patienceMs })
    const settle = (life: { readonly from: Ms; readonly to: Ms } | null): void => {
      socket.destroy()
      resolve(life)
    }
    socket.once('error', () => settle(null)).once('timeout', () => settle(null))
    socket.once('secureConnect', () => {
      const { valid_from: from, valid_to: to } = socket.getPeerCertificate()
      settle({ from: Date.parse(from), to: Date.parse(to) })
    })
  })
}

function reasonOf(answer: Probed): string {
  switch (answer.kind) {
    case 'answer':
      return `somebody else answers there, with ${answer.status}`
    case 'refused':
      return 'nobody listens there'
    case 'timeout':
      return `no answer within ${patienceMs / 1000} s`
    case 'failed':
      return answer.reason
  }
  return answer satisfies never
}
