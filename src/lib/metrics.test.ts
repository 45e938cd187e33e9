import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createMetrics } from './metrics.ts'

test('counters, gauges and histograms appear under the prefix, known labels with zero', async () => {
  const metrics = createMetrics({ prefix: 'jupyterhub', runtime: false })
  const stops = metrics.histogram({
    name: 'server_stop_seconds',
    doc: 'Time to stop a server.',
    labels: ['status'],
    known: [{ status: 'success' }, { status: 'failure' }],
    buckets: [1, 5],
  })
  const reports = metrics.counter({ name: 'csp_reports_total', doc: 'Reports.' })
  metrics.gauge({ name: 'running_servers', doc: 'Servers that run.', read: () => Promise.resolve(3) })
  metrics.gauge({
    name: 'active_users',
    doc: 'People.',
    labels: ['period'],
    read: () => Promise.resolve([{ labels: { period: '24h' }, value: 2 }]),
  })
  stops.observe(2, { status: 'success' })
  reports.add()
  const text = await metrics.text()
  for (const line of [
    'jupyterhub_server_stop_seconds_bucket{le="1",status="success"} 0',
    'jupyterhub_server_stop_seconds_bucket{le="5",status="success"} 1',
    'jupyterhub_server_stop_seconds_count{status="failure"} 0',
    'jupyterhub_csp_reports_total 1',
    'jupyterhub_running_servers 3',
    'jupyterhub_active_users{period="24h"} 2',
  ])
    assert.ok(text.includes(line), `${line}\n${text}`)
  assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/)
})

test('two registries do not know each other, and figures of the runtime have no prefix', async () => {
  const [one, other] = [createMetrics({ prefix: 'a', runtime: true }), createMetrics({ prefix: 'b', runtime: false })]
  one.counter({ name: 'x_total', doc: 'X.' })
  assert.match(await one.text(), /^process_cpu_seconds_total /m)
  assert.equal((await other.text()).trim(), '')
})
