import { bindAddress, isLoopback, isWildcard } from '../../core/option-schemas.ts'
import type { BindAddress } from '../../core/option-schemas.ts'
import type { Config } from '../sections.ts'
import type { Check, Finding } from './check.ts'

/** Addresses, ports and certificates fit each other. */
export const addressChecks: readonly Check[] = [publicPath, publicHost, hubIsPlain, httpsNeedsCertificate, samePort]

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
  if (secure && proxy.tls === undefined)
    return [{ option: 'proxy.bindUrl', what: 'https needs a certificate', fix: 'Set proxy.tls to { key, cert }, or write http://.' }]
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

function samePort({ hub, proxy }: Config): Finding[] {
  const places: [string, BindAddress][] = [
    ['hub.bindUrl', bindAddress(hub.bindUrl)],
    ['proxy.bindUrl', bindAddress(proxy.bindUrl)],
  ]
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
