// Fills its memory, 32 MiB at a time.
import { setTimeout as delay } from 'node:timers/promises'

const eaten: Buffer[] = []
while (eaten.length < 32) {
  eaten.push(Buffer.alloc(32 * 1024 * 1024, 1))
  await delay(10)
}
console.log('had enough')
await delay(1_000_000)
