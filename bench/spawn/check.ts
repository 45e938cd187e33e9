import { z } from 'zod'
import type { EngineApi } from '../../test/support/docker/engine-api.ts'
import { readJson } from '../../test/support/read-json.ts'
import { answerAt, ownAnswer } from './answer.ts'
import type { Facts } from './answer.ts'
import type { Contestant } from './contestant.ts'

const Rows = z.array(z.object({ Id: z.string(), State: z.string() }))

/**
 * One start and stop, looked at closely: the user's own container answers at the address that people use, its token is the user's, and
 * afterwards neither container nor way to it is left. Throws at the first thing that is not so.
 */
export async function checkOnce(api: EngineApi, contestant: Contestant, user: string): Promise<void> {
  const containers = async () =>
    Rows.parse(await api.call('GET', '/containers/json', { query: { all: 'true', filters: { volume: [contestant.homeOf(user)] } } }))
  const url = await contestant.start(user)
  const facts = await ownAnswer(url, user)
  const [container, ...others] = await containers()
  if (container?.State !== 'running' || others.length > 0 || !container.Id.startsWith(facts.hostname))
    throw new Error(`${contestant.name}: ${facts.hostname} answers, but is not the one container with the home of ${user}`)
  if (contestant.givesTokens) await checkToken(contestant.name, user, facts)
  await contestant.stop(user)
  if ((await containers()).length > 0) throw new Error(`${contestant.name}: the container of ${user} is still there after the stop`)
  if ((await answerAt(url)) !== null) throw new Error(`${contestant.name}: ${url} still leads to a server after the stop`)
}

async function checkToken(name: string, user: string, { environment }: Facts): Promise<void> {
  const { JUPYTERHUB_API_URL: apiUrl, JUPYTERHUB_API_TOKEN: token } = environment
  const response = await fetch(`${apiUrl}/user`, { headers: { authorization: `token ${token}` } })
  const owner = await readJson(response, z.object({ name: z.string().optional() }))
  if (owner.name !== user) throw new Error(`${name}: the token of the server of ${user} belongs to ${owner.name}`)
}
