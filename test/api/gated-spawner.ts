import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HubError } from '../../src/core/errors.ts'
import type { KeptFiles } from '../../src/core/kept-files.ts'
import type { Handle } from '../../src/core/server-state.ts'
import type { Reading } from '../../src/core/usage.ts'
import type { Spawner, StartSpec } from '../../src/spawners/spawner.ts'

/** A door that is open until somebody closes it. */
function createGate() {
  let opened = Promise.withResolvers<void>()
  opened.resolve()
  return {
    close: (): void => {
      opened = Promise.withResolvers<void>()
    },
    open: (): void => opened.resolve(),
    /** Waits until it is open; rejects with the signal's reason. */
    pass: (signal: AbortSignal): Promise<void> => {
      signal.throwIfAborted()
      const aborted = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true })
      return Promise.race([opened.promise, aborted.promise])
    },
  }
}

/**
 * A spawner whose servers are real HTTP servers of this process, so that a test decides when a start or a stop goes on, and whether it fails.
 * Real processes have their own tests; here the API is what is tested.
 */
export function createGatedSpawner() {
  const living = new Map<string, { readonly server: Server; readonly url: string }>()
  const [starts, stops] = [createGate(), createGate()]
  const specs: StartSpec[] = []
  let failure: HubError | null = null
  let kept: (profile: string | null) => KeptFiles = () => ({ home: '/home/jovyan', keepsHome: true, paths: [] })
  let written: () => readonly string[] = () => ['first line', 'last line']
  let measured: () => Promise<Reading | null> = () => Promise.resolve(null)

  const keyOf = (handle: Handle): string => JSON.stringify(handle)

  const open = async (key: string): Promise<string> => {
    const server = createServer((_, response) => response.end('{}'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address: AddressInfo | string | null = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    living.set(key, { server, url })
    return url
  }

  const end = (key: string): void => {
    const found = living.get(key)
    living.delete(key)
    found?.server.close()
    found?.server.closeAllConnections()
  }

  const spawner: Spawner = {
    kind: 'gated',
    version: '1',
    reserve: (ref, generation) => ({ key: ref.key, generation }),
    start: async (handle, spec, { signal, announce }) => {
      specs.push(spec)
      await announce({ phase: 'preparing' })
      await starts.pass(signal)
      if (failure !== null) throw failure
      await announce({ phase: 'booting' })
      const key = keyOf(handle)
      return { url: living.get(key)?.url ?? (await open(key)), handle }
    },
    observe: (handle) => {
      const found = living.get(keyOf(handle))
      return Promise.resolve(found === undefined ? { kind: 'absent' } : { kind: 'running', url: found.url })
    },
    stop: async (handle, { signal }) => {
      await stops.pass(signal)
      end(keyOf(handle))
    },
    keeps: ({ profile }) => Promise.resolve(kept(profile?.name ?? null)),
    usage: () => measured(),
    logs: (_, lines) => Promise.resolve(written().slice(-lines)),
    diagnose: () => Promise.resolve(null),
    forget: () => Promise.resolve(),
    files: {
      find: () => Promise.resolve({ own: [], leftAlone: [] }),
      pack: () => Promise.reject(new Error('there are no files')),
      remove: () => Promise.resolve(),
    },
    describe: () => Promise.resolve({}),
  }

  return {
    spawner,
    starts,
    stops,
    /** What was asked for, start by start. */
    specs,
    /** Every start from now on fails so; null: none. */
    fail: (error: HubError | null): void => {
      failure = error
    },
    /** What servers have written from now on. */
    write: (lines: () => readonly string[]): void => {
      written = lines
    },
    /** What lasts from now on, by profile. */
    keep: (files: (profile: string | null) => KeptFiles): void => {
      kept = files
    },
    /** How servers are measured from now on. */
    measure: (reading: () => Promise<Reading | null>): void => {
      measured = reading
    },
    living: (): number => living.size,
    closeAll: (): void => {
      for (const key of living.keys().toArray()) end(key)
    },
  }
}
