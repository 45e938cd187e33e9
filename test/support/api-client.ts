import { z } from 'zod'
import { readJson } from './read-json.ts'

/** A program that uses the REST API with a token. */
export type ApiClient = {
  /** `path` is relative to `/hub/api`. */
  call(method: string, path: string, body?: unknown): Promise<Response>
  readonly token: string
}

/** A client with a fresh token of that person, obtained with name and password. */
export async function signedInClient(origin: string, userName: string, password: string): Promise<ApiClient> {
  const auth = { username: userName, password }
  const response = await fetch(`${origin}/hub/api/users/${userName}/tokens`, { method: 'POST', body: JSON.stringify({ auth }) })
  if (response.status !== 201) throw new Error(`token of ${userName}: ${response.status} ${await response.text()}`)
  const { token } = await readJson(response, z.object({ token: z.string() }))
  return apiClient(origin, token)
}

/** A client with a known token. */
export const apiClient = (origin: string, token: string): ApiClient => ({
  token,
  call: (method, path, body) =>
    fetch(`${origin}/hub/api${path}`, {
      method,
      headers: { authorization: `token ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
})
