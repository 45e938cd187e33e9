import { keptImageStates } from '../core/kept-image.ts'
import type { KeptImage } from '../core/kept-image.ts'
import type { Database } from '../db/database.ts'
import { countServers } from '../db/servers.ts'
import { countUsers } from '../db/users.ts'
import { createMetrics } from '../lib/metrics.ts'
import { authorise } from './authorise.ts'
import { openPage } from './page.ts'
import type { Page } from './page.ts'

/** What the edge measures. */
export type HttpMetrics = {
  /** Notes one request. `handler`: the pattern of its route, so that there are only so many series. */
  request(labels: { readonly method: string; readonly handler: string; readonly code: number }, seconds: number): void
  readonly contentType: string
  /** The text form of Prometheus. */
  text(): Promise<string>
}

/** Measurements of this process, under the names that dashboards for hubs know (rest-api §8.1). */
export function createHttpMetrics({ db }: Pick<Database, 'db'>, images: () => readonly KeptImage[] = () => []): HttpMetrics {
  const metrics = createMetrics({ prefix: 'jupyterhub', runtime: true })
  const requests = metrics.histogram({
    name: 'request_duration_seconds',
    doc: 'How long requests took.',
    labels: ['method', 'handler', 'code'],
  })
  metrics.gauge({ name: 'running_servers', doc: 'Servers that run.', read: () => countServers(db, ['running']) })
  metrics.gauge({ name: 'total_users', doc: 'Accounts.', read: () => countUsers(db) })
  metrics.gauge({
    name: 'server_images',
    doc: 'Images that servers are made from, by whether they are there.',
    labels: ['state'],
    read: () => Promise.resolve(countByState(images())),
  })
  return {
    request: ({ method, handler, code }, seconds) => requests.observe(seconds, { method, handler, code }),
    contentType: metrics.contentType,
    text: () => metrics.text(),
  }
}

const countByState = (images: readonly KeptImage[]) =>
  images.length === 0
    ? []
    : keptImageStates.map((state) => ({ labels: { state }, value: images.filter((image) => image.state === state).length }))

/** Both addresses at which monitoring systems ask. Nobody is redirected to the login: programs come here. */
export const metricsPages: readonly Page[] = ['/metrics', '/api/metrics'].map((path) =>
  openPage({ method: 'GET', path, tokens: true }).handledBy(async ({ caller, hub }) => {
    authorise(caller, { scopes: ['read:metrics'], resource: null })
    return new Response(await hub.metrics.text(), { headers: { 'Content-Type': hub.metrics.contentType } })
  }),
)
