import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { EngineApi } from '../../test/support/docker/engine-api.ts'
import { answerAt } from './answer.ts'
import type { Contestant } from './contestant.ts'

const answerMs = 60_000
const Made = z.object({ Id: z.string() })
const Pattern = z.object({
  Config: z.looseObject({ Image: z.string(), Labels: z.unknown() }),
  HostConfig: z.record(z.string(), z.unknown()),
})
const Started = z.object({ NetworkSettings: z.object({ Networks: z.record(z.string(), z.object({ IPAddress: z.string() })) }) })

/** A running container of another contestant, which all others are made like. */
export type Model = { readonly container: string; readonly user: string; readonly home: string }

/**
 * The engine by itself, as `docker run` does it: create, start, and nothing else. The request is that of the model's container, with user,
 * name and volume of its own. Without labels, by which its hub would know it.
 */
export async function bareEngine(api: EngineApi, prefix: string, model: Model): Promise<Contestant> {
  const { Config, HostConfig } = Pattern.parse(await api.call('GET', `/containers/${model.container}/json`))
  const { Hostname: _hostname, Labels: _labels, ...config } = Config
  const pattern = JSON.stringify({ ...config, HostConfig })
  const nameOf = (user: string): string => `${prefix}-bare-${user}`
  const homeOf = (user: string): string => `${prefix}-bare-home-${user}`
  const requestOf = (user: string): unknown => JSON.parse(pattern.replaceAll(model.home, homeOf(user)).replaceAll(model.user, user))

  const start = async (user: string): Promise<string> => {
    const { Id } = Made.parse(
      await api.call('POST', '/containers/create', { query: { name: nameOf(user) }, body: { json: requestOf(user) } }),
    )
    await api.call('POST', `/containers/${Id}/start`)
    const { NetworkSettings } = Started.parse(await api.call('GET', `/containers/${Id}/json`))
    const url = `http://${Object.values(NetworkSettings.Networks)[0]?.IPAddress}:8888/user/${user}/`
    const until = performance.now() + answerMs
    while ((await answerAt(url)) === null) {
      if (performance.now() > until) throw new Error(`the container of ${user} did not answer`)
      await delay(5)
    }
    return url
  }
  const stop = async (user: string): Promise<void> => {
    await api.call('DELETE', `/containers/${nameOf(user)}`, { query: { force: 'true', v: 'true' } }).catch(() => {})
  }
  return { name: 'docker run', start, stop, homeOf, givesTokens: false, addUser: () => Promise.resolve(), close: () => Promise.resolve() }
}
