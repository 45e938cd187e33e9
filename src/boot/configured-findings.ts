import type { Finding } from '../core/findings.ts'
import { bindAddress, isLoopback } from '../core/option-schemas.ts'
import type { Config } from './sections.ts'

/** What an operator should know of the configuration as it is. */
export function configuredFindings({ hub, proxy, authenticators, spawner }: Config): readonly Finding[] {
  const { host } = bindAddress(proxy.bindUrl)
  const publicUrl = hub.publicUrl ?? proxy.bindUrl
  const isPlain = publicUrl.startsWith('http:') && !(hub.publicUrl === undefined && isLoopback(host))
  return [
    ...(isPlain ? [{ code: 'plain_http', detail: { url: publicUrl } } as const] : []),
    ...(authenticators.some(({ kind }) => kind === 'dummy') ? [{ code: 'dummy_sign_in', detail: {} } as const] : []),
    ...(spawner.kind !== 'process' || spawner.systemUsers ? [] : [{ code: 'same_account', detail: {} } as const]),
  ]
}
