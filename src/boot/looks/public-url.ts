import type { Finding } from '../../core/findings.ts'
import { judgeClocks } from '../../core/judge-installation.ts'
import type { Ms } from '../../core/time.ts'
import { probe, type Probed } from '../../lib/http-client.ts'
import type { Config } from '../sections.ts'

const patienceMs = 5_000

/** Header by which a hub is known. */
export const hubHeader = 'x-jupyterhub-version'

/** Whether a running hub answers at the address that it tells people. Nothing when no address is configured. */
export async function lookAtPublicUrl({ publicUrl }: Config['hub'], now: Ms): Promise<readonly Finding[]> {
  if (publicUrl === undefined) return []
  const answer = await probe(`${publicUrl.replace(/\/$/, '')}/hub/api/`, { timeoutMs: patienceMs })
  if (answer.kind !== 'answer' || answer.headers[hubHeader] === undefined)
    return [{ code: 'public_url_wrong', detail: { url: publicUrl, reason: reasonOf(answer) } }]
  const told = answer.headers.date
  const clocks = told === undefined ? [] : judgeClocks(publicUrl, Date.parse(told), now)
  return [{ code: 'public_url_reached', detail: { url: publicUrl } }, ...clocks]
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
