import { bindAddress, isLoopback, isWildcard } from '../../core/option-schemas.ts'
import type { BindAddress } from '../../core/option-schemas.ts'
import type { Config } from '../sections.ts'
import type { Check, Finding } from './check.ts'

/** Addresses, ports and certificates fit each other. */
export const addressChecks: readonly Check[] = [
  publicPath,
  publicHost,
  hubIsPlain,
  redirectNeedsHttps,
  acmeFits,
  httpsNeedsCertificate,
  samePort,
]

function publicPath({ hub }: Config): Finding[] {
  if (hub.publicUrl === undefined) return []
  const path = `${new URL(hub.publicUrl).pathname}/`.replace(/\/{2,}/g, '/')
  if (path === hub.baseUrl) return []
  return [
    {
      option: 'hub.publicUrl',
      what: `its path is '${path}', but hub.baseUrl is '${hub.baseUrl}'`,
      fix: `Set hub.baseUrl to '${path}', or end hub.publicUrl with '${hub.baseUrl}'.`,
    },
  ]
}

function publicHost({ hub }: Config): Finding[] {
  const { publicUrl, subdomainHost } = hub
  if (publicUrl === undefined || subdomainHost === undefined || new URL(publicUrl).origin === subdomainHost) return []
  return [
    {
      option: 'hub.subdomainHost',
      what: `it is '${subdomainHost}', but the hub is at '${new URL(publicUrl).origin}'`,
      fix: 'Give hub.publicUrl the same scheme, host and port, or leave it out.',
    },
  ]
}

function hubIsPlain({ hub }: Config): Finding[] {
  if (!bindAddress(hub.bindUrl).secure) return []
  return [
    {
      option: 'hub.bindUrl',
      what: 'the hub itself speaks http; https is done by the proxy',
      fix: `Write ${hub.bindUrl.replace('https:', 'http:')}, and proxy.tls for https.`,
    },
  ]
}

function httpsNeedsCertificate({ proxy }: Config): Finding[] {
  const { secure } = bindAddress(proxy.bindUrl)
  if (secure && proxy.tls === undefined && proxy.acmeDomains.length === 0) {
    const fix = 'Set proxy.tls to { key, cert }, or proxy.acmeDomains to order one, or write http://.'
    return [{ option: 'proxy.bindUrl', what: 'https needs a certificate', fix }]
  }
  if (!secure && proxy.tls !== undefined)
    return [
      {
        option: 'proxy.tls',
        what: 'proxy.bindUrl begins with http://, so the certificate would not be used',
        fix: `Set proxy.bindUrl to ${proxy.bindUrl.replace('http:', 'https:')}.`,
      },
    ]
  return []
}

function redirectNeedsHttps({ proxy }: Config): Finding[] {
  if (proxy.redirectPort === undefined || bindAddress(proxy.bindUrl).secure) return []
  return [{ option: 'proxy.redirectPort', what: 'it is of no use without https', fix: 'Write https:// in proxy.bindUrl, or leave it out.' }]
}

function acmeFits({ hub, proxy }: Config): Finding[] {
  const { acmeDomains, acmeAgreeToTerms, tls, bindUrl } = proxy
  const host = hub.publicUrl === undefined ? null : new URL(hub.publicUrl).hostname
  if (acmeDomains.length === 0) return []
  const rows: readonly (readonly [boolean, string, string])[] = [
    [!bindAddress(bindUrl).secure, 'proxy.bindUrl begins with http://', `Set proxy.bindUrl to ${bindUrl.replace('http:', 'https:')}.`],
    [tls !== undefined, 'proxy.tls names a certificate as well', 'Leave one of the two out.'],
    [
      !acmeAgreeToTerms,
      'nobody has agreed to the terms of the certificate authority',
      'Read them, then set proxy.acmeAgreeToTerms to true.',
    ],
    [host !== null && !acmeDomains.includes(host), `${host ?? ''}, the host of hub.publicUrl, is not among them`, 'Add it.'],
    [hub.subdomainHost !== undefined, 'hub.subdomainHost needs a certificate for *, which ACME gives by DNS only', 'Use proxy.tls.'],
  ]
  return rows
    .filter(([wrong]) => wrong)
    .slice(0, 1)
    .map(([, what, fix]) => ({ option: 'proxy.acmeDomains', what, fix }))
}

function samePort({ hub, proxy }: Config): Finding[] {
  const places: [string, BindAddress][] = [
    ['hub.bindUrl', bindAddress(hub.bindUrl)],
    ['proxy.bindUrl', bindAddress(proxy.bindUrl)],
  ]
  const { host } = bindAddress(proxy.bindUrl)
  if (proxy.redirectPort !== undefined) places.push(['proxy.redirectPort', { host, port: proxy.redirectPort, secure: false }])
  if (proxy.apiUrl !== undefined && !proxy.apiUrl.startsWith('unix:')) places.push(['proxy.apiUrl', bindAddress(proxy.apiUrl)])
  return places.flatMap(([option, place], index) =>
    places
      .slice(0, index)
      .filter(([, other]) => clash(place, other))
      .map(([other]) => ({
        option,
        what: `port ${place.port} is also that of ${other}`,
        fix: `Give ${option} and ${other} different ports.`,
      })),
  )
}

const clash = (a: BindAddress, b: BindAddress): boolean =>
  a.port === b.port && a.port !== 0 && (sameHost(a.host, b.host) || isWildcard(a.host) || isWildcard(b.host))

const sameHost = (a: string, b: string): boolean => a === b || (isLoopback(a) && isLoopback(b) && (a === 'localhost' || b === 'localhost'))
