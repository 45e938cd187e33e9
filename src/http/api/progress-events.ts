import { isErrorCode } from '../../core/errors.ts'
import type { ErrorRecord } from '../../core/errors.ts'
import { isJsonObject } from '../../core/json.ts'
import type { JsonObject } from '../../core/json.ts'
import { failureModel } from '../../core/server-model.ts'
import { endPhases } from '../../core/server-state.ts'
import type { Phase } from '../../core/server-state.ts'
import { wireTime } from '../../core/time.ts'
import type { LogBatch } from '../../hub/follow-log.ts'
import type { ProgressEvent } from '../../hub/servers.ts'

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? '')

/** The last event of a start. */
export const isFinal = (phase: Phase): boolean => endPhases.some((end) => end === phase)

/** What every client knows of the last event when the server can be used. */
export function readyEvent(url: string): JsonObject {
  const shown = escapeHtml(url)
  return {
    progress: 100,
    ready: true,
    message: `Server ready at ${url}`,
    html_message: `Server ready at <a href="${shown}">${shown}</a>`,
    url,
  }
}

/** Lines that the server wrote. They have a field of their own, and no phase: nobody can take them for a step. */
export const logEvent = ({ lines, begins }: LogBatch): JsonObject => ({
  message: lines.at(-1) ?? '',
  log: [...lines],
  ...(begins ? { log_begins: true } : {}),
})

/** The last event when the start failed; `code`, `hint` and `detail` say it to programs. */
export function failedEvent(failure: ErrorRecord): JsonObject {
  const { message, ...rest } = failureModel(failure)
  return { progress: 100, failed: true, message: `Spawn failed: ${typeof message === 'string' ? message : ''}`, ...rest }
}

/** The failure that an event carries, if it does. */
function failureIn(data: JsonObject): ErrorRecord | null {
  const { code, detail } = data
  if (typeof code !== 'string' || !isErrorCode(code)) return null
  return { code, detail: detail !== undefined && isJsonObject(detail) ? detail : {} }
}

/** Fields by which clients know the end of a start, and what they show as markup. */
const endFields: ReadonlySet<string> = new Set(['ready', 'failed', 'url', 'html_message'])

/**
 * A kept event as clients see it: the fields of the protocol, then ours (`phase`, `at`, and what the step brought along,
 * which can never pass for `ready` or `failed`).
 */
export function wireEvent(event: ProgressEvent, url: string): JsonObject {
  const ours = { phase: event.phase, at: wireTime(event.at) }
  const failure = failureIn(event.data)
  if (event.phase === 'ready') return { ...readyEvent(url), ...ours }
  if (event.phase === 'failed')
    return failure === null ? { progress: 100, failed: true, message: 'Spawn failed', ...ours } : { ...failedEvent(failure), ...ours }
  if (isFinal(event.phase))
    return { progress: 100, failed: true, message: event.phase === 'cancelled' ? 'Spawn cancelled' : event.message, ...ours }
  const { progress, message } = event
  const brought = Object.fromEntries(Object.entries(event.data).filter(([key]) => !endFields.has(key)))
  return { ...brought, progress: Math.min(progress, 99), message, ...ours }
}
