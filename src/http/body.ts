import { HubError } from '../core/errors.ts'
import type { Json } from '../core/json.ts'

const jsonDepthLimit = 32
const jsonValueLimit = 50_000

/**
 * Reads a whole body. Errors: body_too_large, as soon as the declared or the received length says so.
 */
export async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > limitBytes) throw new HubError('body_too_large', { limitBytes })
  if (request.body === null) return new Uint8Array()
  const stream: AsyncIterable<unknown> = request.body
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array)) continue
    length += chunk.byteLength
    if (length > limitBytes) throw new HubError('body_too_large', { limitBytes })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new HubError('bad_json', {}, { cause })
  }
}

/** Refuses what `JSON.parse` lets through and others stumble over: deep nesting, huge numbers of values, numbers beyond all bounds, `__proto__`. */
function checkShape(root: unknown): asserts root is Json {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }]
  let seen = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next
    seen += 1
    if (depth > jsonDepthLimit) throw new HubError('bad_request', { reason: `the JSON is nested more than ${jsonDepthLimit} levels deep` })
    if (seen > jsonValueLimit) throw new HubError('bad_request', { reason: `the JSON holds more than ${jsonValueLimit} values` })
    if (typeof value === 'number' && !Number.isFinite(value)) throw new HubError('bad_json')
    if (typeof value !== 'object' || value === null) continue
    if (Object.hasOwn(value, '__proto__')) throw new HubError('bad_request', { reason: 'the key __proto__ is not allowed' })
    for (const inner of Object.values(value)) open.push({ value: inner, depth: depth + 1 })
  }
}

/**
 * Parses a JSON text that came from outside. An empty text is null, as if no body had been sent.
 * Errors: bad_json, bad_request.
 */
export function parseJson(bytes: Uint8Array): Json {
  const text = decodeUtf8(bytes)
  if (text.trim() === '') return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new HubError('bad_json', {}, { cause })
  }
  checkShape(value)
  return value
}

/** Reads a JSON body. A body with a content coding is refused. Errors: bad_json, bad_request, body_too_large. */
export async function readJson(request: Request, limitBytes: number): Promise<Json> {
  refuseCoding(request)
  return parseJson(await readBytes(request, limitBytes))
}

function refuseCoding(request: Request): void {
  const coding = request.headers.get('content-encoding')
  if (coding !== null && coding !== 'identity') throw new HubError('bad_request', { reason: 'a body with a Content-Encoding is not read' })
}

/**
 * Reads a form that a page posted (`application/x-www-form-urlencoded`). Another content type reads as an empty form.
 * Errors: body_too_large, bad_request.
 */
export async function readForm(request: Request, limitBytes: number): Promise<URLSearchParams> {
  refuseCoding(request)
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  const bytes = await readBytes(request, limitBytes)
  return new URLSearchParams(type === 'application/x-www-form-urlencoded' ? new TextDecoder().decode(bytes) : '')
}
