import type { z } from 'zod'
import { HubError } from '../core/errors.ts'

/**
 * Parses what came from outside; without a schema the value is handed on as `unknown`.
 * Errors: bad_request, whose `reason` names the first wrong field of the `part`.
 */
export function parseInput<T extends z.ZodType>(schema: T | undefined, value: unknown, part: string): z.output<T>
export function parseInput(schema: z.ZodType | undefined, value: unknown, part: string): unknown {
  if (schema === undefined) return value
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = [part, ...(issue?.path.map((step) => String(step).slice(0, 64)) ?? [])].join('.')
  throw new HubError('bad_request', { reason: `${field}: ${issue?.message.slice(0, 200) ?? 'not valid'}` })
}

/** The query as an object. Of a name that occurs more than once the last value counts. */
export const queryObject = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries([...query].filter(([name]) => name !== '__proto__' && name !== '_xsrf'))
