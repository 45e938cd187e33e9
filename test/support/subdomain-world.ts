import { startNginx } from './nginx.ts'
import { preparePlace, startOrrery } from './orrery.ts'
import type { TestConfig } from './orrery.ts'

/** What Chromium has to believe about names. */
export const hostRules = 'MAP hub.example.org 127.0.0.1, MAP *.hub.example.org 127.0.0.1'

/** A hub with a host for everybody, behind nginx with one certificate for all of them. */
export async function openSubdomainWorld(config: TestConfig = {}) {
  const place = await preparePlace({ ...config, proxy: { trustedProxies: ['127.0.0.1'] } })
  const nginx = await startNginx(place.url, (conf) =>
    conf.replaceAll('server_name hub.example.org', 'server_name hub.example.org *.hub.example.org'),
  )
  const subdomainHost = `https://hub.example.org:${nginx.port}`
  const orrery = await startOrrery(place, { args: ['--stop-servers'], env: { ORRERY_HUB_SUBDOMAIN_HOST: subdomainHost } })
  const close = async (): Promise<void> => {
    await orrery.stop()
    await nginx.stop()
    await place.remove()
  }
  /** Origin of somebody with a plain name. */
  const originOf = (name: string): string => `https://${name}.hub.example.org:${nginx.port}`
  return { place, nginx, orrery, hub: subdomainHost, originOf, close }
}
