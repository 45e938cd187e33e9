import type { Caller } from './callers.ts'
import { headersOf } from './callers.ts'
import type { HubWorld } from './hub-world.ts'

/** One server-sent event. */
export type SeenEvent = { readonly id: string | null; readonly data: unknown }

/** The events in a finished stream. */
export function eventsIn(text: string): readonly SeenEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const lines = block.split('\n').filter((line) => line !== '')
    const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    const data = field('data')
    return data === undefined ? [] : [{ id: field('id') ?? null, data: JSON.parse(data) as unknown }]
  })
}

/** Opens a stream and reads it event by event. */
export async function openStream(world: HubWorld, path: string, caller: Caller) {
  const response = await world.app.request(`http://hub.test/hub/api${path}`, { headers: headersOf(caller) })
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let taken = 0

  const readMore = async (): Promise<boolean> => {
    const chunk = await reader?.read()
    if (chunk === undefined || chunk.done) return false
    text += decoder.decode(chunk.value, { stream: true })
    return true
  }
  /** The next event; null when the stream is over. */
  const next = async (): Promise<SeenEvent | null> => {
    while (eventsIn(text).length <= taken) if (!(await readMore())) return null
    return eventsIn(text)[taken++] ?? null
  }
  /** All events up to the end. */
  const rest = async (): Promise<readonly SeenEvent[]> => {
    while (await readMore());
    return eventsIn(text).slice(taken)
  }
  return { status: response.status, headers: response.headers, next, rest, close: () => reader?.cancel() ?? Promise.resolve() }
}
