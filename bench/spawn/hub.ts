import { z } from 'zod'
import { apiClient } from '../../test/support/api-client.ts'
import { readJson } from '../../test/support/read-json.ts'
import { until } from '../../test/support/until.ts'
import type { Contestant } from './contestant.ts'

const stopMs = 60_000
const User = z.object({ server: z.string().nullable(), pending: z.string().nullable() })

/** A hub that listens at an origin; both hubs speak the same REST API. `slow*` time-outs of the hub are long: its answer means that the server is there. */
export function hubContestant(hub: {
  readonly name: string
  readonly origin: string
  /** Of somebody who may start everybody's servers. */
  readonly token: string
  readonly homeOf: (user: string) => string
  readonly close: () => Promise<void>
}): Contestant {
  const { name, origin, token, homeOf, close } = hub
  const client = apiClient(origin, token)
  const ask = async (method: string, path: string): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await client.call(method, path)
    return { status: response.status, text: await response.text() }
  }
  return {
    name,
    homeOf,
    close,
    givesTokens: true,
    addUser: async (user) => {
      const { status, text } = await ask('POST', `/users/${user}`)
      if (status !== 201) throw new Error(`${name} did not take the user ${user}: ${status} ${text}`)
    },
    start: async (user) => {
      const { status, text } = await ask('POST', `/users/${user}/server`)
      if (status !== 201) throw new Error(`${name} did not start the server of ${user}: ${status} ${text}`)
      return `${origin}/user/${user}/`
    },
    stop: async (user) => {
      await ask('DELETE', `/users/${user}/server`)
      await until(async () => {
        const { server, pending } = await readJson(await client.call('GET', `/users/${user}`), User)
        return server === null && pending === null
      }, stopMs)
    },
  }
}
