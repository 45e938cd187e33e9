import { z } from 'zod'

const Facts = z.object({ hostname: z.string(), environment: z.record(z.string(), z.string()) })

/** What the light server says of itself. */
export type Facts = z.output<typeof Facts>

const answerMs = 10_000

/** The answer of the server at the address; null when nobody answers there, or somebody else. */
export async function answerAt(url: string): Promise<Facts | null> {
  try {
    const response = await fetch(`${url}api`, { redirect: 'manual', signal: AbortSignal.timeout(answerMs) })
    const text = await response.text()
    return response.status === 200 ? (Facts.safeParse(JSON.parse(text)).data ?? null) : null
  } catch {
    return null
  }
}

/** The answer of the user's own server. Throws when there is none, or it is of somebody else. */
export async function ownAnswer(url: string, user: string): Promise<Facts> {
  const facts = await answerAt(url)
  if (facts === null) throw new Error(`the server of ${user} does not answer at ${url}`)
  const owner = facts.environment['JUPYTERHUB_USER']
  if (owner !== user) throw new Error(`at ${url} the server of ${owner} answers instead of that of ${user}`)
  return facts
}
