import { z } from 'zod'
import { orAbsent, type EngineCall } from './engine-call.ts'

const imageShape = z.object({
  Id: z.string(),
  Size: z.number().catch(0),
  RepoDigests: z.array(z.string()).nullish(),
  Config: z
    .object({
      User: z.string().catch(''),
      Env: z.array(z.string()).nullish(),
      Cmd: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      WorkingDir: z.string().catch(''),
    })
    .nullish(),
})

/** What the engine says of one image. */
export type Image = z.output<typeof imageShape>

/** The image of that reference or id; null when the engine does not have it. */
export async function inspectImage(call: EngineCall, reference: string, signal?: AbortSignal): Promise<Image | null> {
  const path = `/images/${reference.split('/').map(encodeURIComponent).join('/')}/json`
  const found = await orAbsent(call.json({ method: 'GET', path, ...(signal === undefined ? {} : { signal }) }))
  return found === null ? null : imageShape.parse(found)
}

const messageShape = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  progressDetail: z.object({ current: z.number().optional(), total: z.number().optional() }).nullish(),
  error: z.string().optional(),
})

/** One line of a fetch as the engine tells it. */
export type PullMessage = z.output<typeof messageShape>

/** A reference taken apart: `host:5000/a/b:1` has the tag `1`, one without tag or digest has `latest`. */
export function splitReference(reference: string): { readonly repository: string; readonly tag: string } {
  const [name = '', digest] = reference.split('@')
  const last = name.split('/').at(-1) ?? ''
  const colon = last.lastIndexOf(':')
  const repository = colon < 0 ? name : name.slice(0, name.length - last.length + colon)
  if (digest !== undefined) return { repository, tag: digest }
  return { repository, tag: colon < 0 ? 'latest' : last.slice(colon + 1) }
}

/** Name of the registry of a reference: `docker.io` when none is written. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io'
}

/** Fetches an image and gives every line that the engine says on the way. `auth` is the header with the credentials, or null. */
export async function* pullImage(
  call: EngineCall,
  reference: string,
  auth: string | null,
  signal: AbortSignal,
): AsyncGenerator<PullMessage> {
  const { repository, tag } = splitReference(reference)
  const stream = await call.stream({
    method: 'POST',
    path: '/images/create',
    query: { fromImage: repository, tag },
    ...(auth === null ? {} : { headers: { 'X-Registry-Auth': auth } }),
    signal,
    timeoutMs: 600_000,
  })
  const onAbort = (): void => void stream.destroy(new Error('the fetch was ended'))
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for await (const line of linesOf(stream)) yield messageShape.parse(JSON.parse(line))
  } finally {
    signal.removeEventListener('abort', onAbort)
    stream.destroy()
  }
}

/** The lines of a stream of text. */
export async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line.trim() !== '')
  }
  if (rest.trim() !== '') yield rest
}

/** An image with nothing in it, made on the spot: containers of it only hold a name. */
export const markerImage = 'orrery-marker:1'

/** Makes the empty image when the engine does not have it. */
export async function ensureMarkerImage(call: EngineCall): Promise<void> {
  const [repo, tag] = markerImage.split(':')
  const emptyArchive = Buffer.alloc(1024)
  const stream = await call.stream({ method: 'POST', path: '/images/create', query: { fromSrc: '-', repo, tag }, archive: emptyArchive })
  stream.resume()
  await new Promise((resolve) => stream.once('close', resolve))
}
