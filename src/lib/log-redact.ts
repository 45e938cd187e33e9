import { redact } from '../core/redact.ts'

const hidden = '[hidden]'
const secretKey = /(token|password|passphrase|secret|authorization|cookie|api_?key|crypt_?keys?|private_?key)s?$/i
/** Ids and counts of secrets are no secrets: `tokenId`, `token_hash_prefix`. */
const secretQuery = /([?&;](?:token|code|state|access_token|refresh_token|id_token|_xsrf|setup|password|client_secret)=)[^&#\s"']+/gi
/** `code` names both a one-time OAuth code and an error code; error codes are words. */
const errorCode = /^(?:[a-z]+(?:_[a-z]+)*|E[A-Z0-9_]+|ERR_[A-Z0-9_]+|\d+)$/
const deepest = 6

/** The value as it may be logged under this name: secrets hidden, errors as plain data, cycles and great depth cut. */
export function redactValue(key: string, value: unknown, depth = 0): unknown {
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'number') return value
  if (secretKey.test(key)) return hidden
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return key === 'code' && !errorCode.test(value) ? hidden : redactText(value)
  if (depth >= deepest) return '…'
  if (value instanceof Error) return errorFields(value, depth)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof URL) return redactText(value.href)
  if (Array.isArray(value)) return value.map((item) => redactValue('', item, depth + 1))
  if (typeof value !== 'object') return typeof value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, redactValue(name, item, depth + 1)]))
}

/** Hides values of `token=`, `code=`, `Authorization: token …` and the like inside a text. */
export function redactText(text: string): string {
  const [line = ''] = redact([text.replace(secretQuery, `$1${hidden}`)], [])
  return line
}

function errorFields(error: Error, depth: number): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(error).map(([name, item]) => [name, redactValue(name, item, depth + 1)]))
  const cause = error.cause === undefined ? {} : { cause: redactValue('cause', error.cause, depth + 1) }
  return { ...own, name: error.name, message: redactText(error.message), stack: redactText(error.stack ?? ''), ...cause }
}
