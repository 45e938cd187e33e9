import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Runs the work while no other process of this machine does work of that name. The lock is an abstract socket: it ends with its holder,
 * however that dies.
 */
export async function withMachineLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const lock = await take(`\0orrery-tests-${name}`)
  try {
    return await work()
  } finally {
    lock.close()
  }
}

async function take(path: string): Promise<Server> {
  for (;;) {
    const server = createServer()
    try {
      server.listen(path)
      await once(server, 'listening')
      return server
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
      await delay(100)
    }
  }
}
