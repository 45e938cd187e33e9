import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'

/** What a test process asks of the keeper. */
export const wish = z.discriminatedUnion('kind', [
  /** `alone`: nobody else uses the engine until this one leaves. What carries `label` is removed when it does. */
  z.object({ kind: z.literal('join'), alone: z.boolean(), label: z.string() }),
  z.object({ kind: z.literal('stop'), signal: z.enum(['SIGTERM', 'SIGKILL']) }),
  /** Further arguments of dockerd. */
  z.object({ kind: z.literal('start'), args: z.array(z.string()) }),
])

/** What the keeper answers: one for each wish, in their order. */
export const reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('up'), gateway: z.string(), pid: z.number() }),
  z.object({ kind: z.literal('down') }),
  /** The engine cannot run; `reason` is for people. */
  z.object({ kind: z.literal('failed'), reason: z.string() }),
])

/** See `wish`. */
export type Wish = z.output<typeof wish>

/** See `reply`. */
export type Reply = z.output<typeof reply>

/** Sends one message as a line of JSON. */
export const tell = (socket: Socket, message: Wish | Reply): void => void socket.write(`${JSON.stringify(message)}\n`)

/** Calls `handle` with every line that arrives. */
export function onMessage(socket: Socket, handle: (message: unknown) => void): void {
  createInterface({ input: socket }).on('line', (line) => handle(JSON.parse(line)))
}
