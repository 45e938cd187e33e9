import { createAdaptorServer } from '@hono/node-server'
import type { Ms } from '../core/time.ts'
import { answerUpgradeTrial, isUpgradeTrial } from './upgrade-trial.ts'

/** Answers one request. `bindings` are what the adapter knows of the connection. */
export type Answer = (request: Request, bindings: object) => Response | Promise<Response>

/** A listening edge. */
export type Listener = {
  /** As bound: the one asked for, or the one that was free for 0. */
  readonly port: number
  /** Takes no more connections, lets requests that are under way end within `graceMs`, then cuts what is left. */
  close(graceMs: Ms): Promise<void>
}

/** Binds host and port and answers what comes with `answer`. Rejects with the system's error when it cannot be bound. */
export async function listen(answer: Answer, place: { readonly host: string; readonly port: number }): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: answer,
    hostname: place.host,
    overrideGlobalObjects: false,
    serverOptions: { shouldUpgradeCallback: isUpgradeTrial },
  })
  server.on('upgrade', answerUpgradeTrial)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(place.port, place.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  const cut = (): void => {
    if ('closeAllConnections' in server) server.closeAllConnections()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : place.port,
    close: async (graceMs) => {
      const timer = setTimeout(cut, graceMs)
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        if ('closeIdleConnections' in server) server.closeIdleConnections()
      })
      clearTimeout(timer)
    },
  }
}
