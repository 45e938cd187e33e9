import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { systemClock } from '../lib/clock.ts'
import { silentLog } from '../lib/log.ts'
import type { ProxyClient, ProxyRoute } from '../proxy/client.ts'
import { createRoutes } from './routes.ts'
import type { HubRoute } from './routes.ts'

/** The table of a proxy, empty as after its start; `onPut` is called before a route is put. */
function emptyProxy(onPut: () => void = () => {}) {
  const table = new Map<string, ProxyRoute>()
  const proxy: ProxyClient = {
    instance: () => Promise.resolve('first'),
    list: () => Promise.resolve([...table.values()]),
    put: (path, target, data) => {
      onPut()
      table.set(path, { path, target, data, lastActivity: null })
      return Promise.resolve()
    },
    delete: (path) => Promise.resolve(void table.delete(path)),
    close: () => {},
  }
  return { table, proxy }
}

const alice: HubRoute = { path: '/user/alice', target: 'http://127.0.0.1:1', data: { jupyterhub: true } }
const signal = AbortSignal.timeout(60_000)

suite('routes', () => {
  test('a server that stops while the table is mended keeps no route', async () => {
    let wanted = [alice]
    const { table, proxy } = emptyProxy(() => (wanted = []))
    const routes = createRoutes({ proxy, clock: systemClock, log: silentLog })
    await routes.sync(() => Promise.resolve(wanted), signal)
    assert.deepEqual([table.size, routes.target('/user/alice/')], [0, null])
  })

  test('what was put is looked at once more, and not again', async () => {
    const { table, proxy } = emptyProxy()
    let asked = 0
    const routes = createRoutes({ proxy, clock: systemClock, log: silentLog })
    const wanted = (): Promise<readonly HubRoute[]> => {
      asked += 1
      return Promise.resolve([alice])
    }
    assert.deepEqual(await routes.sync(wanted, signal), { put: 1, removed: 0 })
    assert.deepEqual([asked, [...table.keys()]], [2, ['/user/alice']])
    assert.deepEqual(await routes.sync(wanted, signal), { put: 0, removed: 0 })
    assert.equal(asked, 3)
  })
})
