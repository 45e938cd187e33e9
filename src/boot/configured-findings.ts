import { authenticatorName } from '../auth/registry.ts'
import type { Finding } from '../core/findings.ts'
import { bindAddress, isHostOrigin, isLoopback } from '../core/option-schemas.ts'
import type { Config } from './sections.ts'

/** What an operator should know of the configuration as it is. */
export function configuredFindings({ hub, proxy, authenticators, access, spawner }: Config): readonly Finding[] {
  const { host } = bindAddress(proxy.bindUrl)
  const publicUrl = hub.publicUrl ?? proxy.bindUrl
  const isPlain = publicUrl.startsWith('http:') && !(hub.publicUrl === undefined && isLoopback(host))
  return [
    ...(isPlain ? [{ code: 'plain_http', detail: { url: publicUrl } } as const] : []),
    ...(authenticators.some(({ kind }) => kind === 'dummy') ? [{ code: 'dummy_sign_in', detail: {} } as const] : []),
    ...originFindings(hub),
    ...doorFindings({ authenticators, access }),
    ...(spawner.kind !== 'process' || spawner.systemUsers ? [] : [{ code: 'same_account', detail: {} } as const]),
  ]
}

/** A hub with a name of its own is one for others; without a name there can be no hosts below it. */
function originFindings({ publicUrl, subdomainHost }: Config['hub']): readonly Finding[] {
  if (publicUrl === undefined || subdomainHost !== undefined || !isHostOrigin(new URL(publicUrl).origin)) return []
  const { hostname } = new URL(publicUrl)
  return isLoopback(hostname) ? [] : [{ code: 'one_origin', detail: { host: hostname } }]
}

/** Is the door wide open, or shut to everybody who comes from elsewhere? */
function doorFindings({ authenticators, access }: Pick<Config, 'authenticators' | 'access'>): readonly Finding[] {
  if (access.allowAll) return [{ code: 'everybody_comes_in', detail: {} }]
  const isSaid = access.userlist !== undefined || access.allowExistingUsers || access.allowedUsers.length + access.adminUsers.length > 0
  const elsewhere = authenticators.filter(({ kind }) => kind !== 'native' && kind !== 'dummy')
  const shut = isSaid ? [] : elsewhere.filter((entry) => !Object.entries(entry).some(isAllowRule))
  return shut.length === 0 ? [] : [{ code: 'nobody_comes_in', detail: { authenticators: shut.map(authenticatorName).join(', ') } }]
}

/** Options of authenticators that let people in begin with `allow` or `admin`. */
const isAllowRule = ([name, value]: readonly [string, unknown]): boolean =>
  /^(?:allow|admin)/.test(name) && (Array.isArray(value) ? value.length > 0 : value === true)
