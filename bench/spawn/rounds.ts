import type { EngineApi } from '../../test/support/docker/engine-api.ts'
import { ownAnswer } from './answer.ts'
import { checkOnce } from './check.ts'
import type { Contestant } from './contestant.ts'
import type { Start } from './report.ts'

/** How much is measured: of each contestant `starts` one at a time, and as many in groups of at most `atOnce`, spread over the rounds. */
export type Plan = { readonly starts: number; readonly atOnce: number; readonly rounds: number }

const checked = 'checked'

/** All starts, in the order in which they were made. A start that fails is one of the results; a check that fails throws. */
export async function runRounds(
  api: EngineApi,
  contestants: readonly Contestant[],
  { starts, atOnce, rounds }: Plan,
  signal: AbortSignal,
): Promise<readonly Start[]> {
  const each = Math.ceil(starts / rounds)
  const [singles, crowd] = [usersOf('single', each), usersOf('crowd', each)]
  for (const { addUser } of contestants) for (const user of [checked, ...singles, ...crowd]) await addUser(user)
  const results: Start[] = []
  const measure = async (contestant: Contestant, users: readonly string[], round: number): Promise<void> => {
    const of = { contestant: contestant.name, isFirst: round === 0, atOnce: users.length }
    results.push(...(await Promise.all(users.map(async (user) => ({ ...of, ms: await timed(contestant, user) })))))
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) await checkOnce(api, contestant, checked)
    for (const [index, user] of singles.entries()) {
      signal.throwIfAborted()
      for (const contestant of rotated(contestants, round + index)) await measure(contestant, [user], round)
      await Promise.all(contestants.map(({ stop }) => stop(user)))
    }
    for (const contestant of rotated(contestants, round)) {
      for (const users of groupsOf(crowd, atOnce)) {
        signal.throwIfAborted()
        await measure(contestant, users, round)
        await Promise.all(users.map((user) => contestant.stop(user)))
      }
    }
    process.stderr.write(`round ${round + 1} of ${rounds} after ${Math.round(performance.now() / 1000)} s\n`)
  }
  return results
}

const usersOf = (word: string, number: number): readonly string[] => Array.from({ length: number }, (_, index) => `${word}${index}x`)

function groupsOf<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return list.length === 0 ? [] : [list.slice(0, size), ...groupsOf(list.slice(size), size)]
}

/** The list, beginning elsewhere each time: nobody always comes first. */
const rotated = <T>(list: readonly T[], by: number): readonly T[] => [...list.slice(by % list.length), ...list.slice(0, by % list.length)]

/** Milliseconds until the user's own server answers; null, and a line that says why, when it does not. */
async function timed({ name, start }: Contestant, user: string): Promise<number | null> {
  const from = performance.now()
  try {
    await ownAnswer(await start(user), user)
    return performance.now() - from
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`)
    return null
  }
}
