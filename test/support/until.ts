import { setTimeout as delay } from 'node:timers/promises'

/** Resolves as soon as the condition holds; looks every few milliseconds. Rejects when it does not hold within the time. */
export async function until(condition: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition.toString()}`)
    await delay(10)
  }
}
