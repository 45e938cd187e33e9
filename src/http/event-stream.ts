import type { Clock } from '../lib/clock.ts'

/** One server-sent event. `id` lets a browser that lost the connection go on where it was. */
export type StreamEvent = { readonly id: number | null; readonly data: unknown }

/** Pause between two blank lines that keep the connection open, milliseconds. */
const keepAliveMs = 8_000

/** JSON has no raw line ends, so one `data:` line always suffices. */
export const formatEvent = ({ id, data }: StreamEvent): string => `${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`

/**
 * A reply of server-sent events: begins with a blank line, repeats one while nothing happens, ends with the source.
 * `source` gets a signal that aborts when the reader goes away. `stillAllowed` is asked at every keep-alive; false ends the stream.
 */
export function eventStream(
  source: (signal: AbortSignal) => AsyncIterable<StreamEvent>,
  deps: { readonly clock: Clock; readonly signal: AbortSignal; readonly stillAllowed: () => Promise<boolean>; readonly onEnd: () => void },
): Response {
  const gone = new AbortController()
  const signal = AbortSignal.any([deps.signal, gone.signal])
  const encoder = new TextEncoder()

  const pump = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      for await (const event of source(signal)) controller.enqueue(encoder.encode(formatEvent(event)))
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      deps.onEnd()
      gone.abort()
    }
  }

  const keepAlive = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    while (!signal.aborted) {
      controller.enqueue(encoder.encode('\n'))
      await deps.clock.sleep(keepAliveMs, signal).catch(() => {})
      if (!signal.aborted && !(await deps.stillAllowed())) gone.abort()
    }
  }

  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      // Owned by the stream: an error of either ends it, and the reader sees the connection close.
      Promise.all([pump(controller), keepAlive(controller)]).then(
        () => closeQuietly(controller),
        (error: unknown) => {
          gone.abort()
          failQuietly(controller, error)
        },
      )
    },
    cancel: () => gone.abort(),
  })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' } })
}

/** The reader may have gone first; then the stream is closed already. */
function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close()
  } catch {}
}

function failQuietly(controller: ReadableStreamDefaultController<Uint8Array>, error: unknown): void {
  try {
    controller.error(error)
  } catch {}
}
