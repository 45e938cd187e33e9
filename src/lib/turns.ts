/** A limited number of turns: who asks when all are taken waits in order of asking. */
export type Turns = {
  /** Resolves with the function that gives the turn back (calling it twice does nothing). Rejects with the signal's reason when it aborts first. */
  take(signal?: AbortSignal): Promise<() => void>
  /** Runs the work in a turn of its own. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** How many wait at this moment. */
  waiting(): number
}

type Waiter = { readonly go: () => void }

/** Makes `count` turns (1: a mutex). */
export function createTurns(count: number): Turns {
  let free = count
  const queue = new Set<Waiter>()

  const giveBack = (): (() => void) => {
    let given = false
    return () => {
      if (given) return
      given = true
      const [next] = queue
      if (next === undefined) free += 1
      else next.go()
    }
  }

  const wait = (signal: AbortSignal | undefined): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => {
        queue.delete(waiter)
        reject(signal?.reason instanceof Error ? signal.reason : new Error('Nobody waits for the turn any more.'))
      }
      const waiter: Waiter = {
        go: () => {
          queue.delete(waiter)
          signal?.removeEventListener('abort', onAbort)
          resolve(giveBack())
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      queue.add(waiter)
    })

  const take = async (signal?: AbortSignal): Promise<() => void> => {
    signal?.throwIfAborted()
    if (free === 0) return wait(signal)
    free -= 1
    return giveBack()
  }

  return {
    take,
    waiting: () => queue.size,
    run: async (work, signal) => {
      const done = await take(signal)
      try {
        return await work()
      } finally {
        done()
      }
    },
  }
}
