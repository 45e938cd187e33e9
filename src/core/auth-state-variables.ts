import { isObject } from './json.ts'
import type { JsonObject } from './json.ts'

/** The value at a path such as `github_user.login`; undefined when there is none. */
function valueAt(state: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined), state)
}

/**
 * Variables of a server taken from what the provider gave its owner. `wanted`: name of the variable to the path of the value. What is no text and no number
 * is left out.
 */
export function authStateVariables(state: JsonObject | null, wanted: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (state === null) return {}
  const found = Object.entries(wanted).map(([name, path]): [string, unknown] => [name, valueAt(state, path)])
  return Object.fromEntries(
    found.flatMap(([name, value]) => (typeof value === 'string' || typeof value === 'number' ? [[name, `${value}`] as const] : [])),
  )
}
