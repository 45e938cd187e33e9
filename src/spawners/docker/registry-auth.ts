import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { registryOf } from './engine-images.ts'

const configShape = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() })).catch({}),
  credHelpers: z.record(z.string(), z.string()).catch({}),
  credsStore: z.string().optional().catch(undefined),
})

type Credentials = { readonly username: string; readonly password: string; readonly identitytoken?: string }

const helperMs = 10_000

/**
 * The header with the credentials for the registry of an image, from the file of the docker command line; null when there are none.
 * `file` is the configured one; else DOCKER_CONFIG and the home folder are looked in. Programs that keep credentials are asked.
 */
export async function registryAuth(
  image: string,
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const config = await readConfig(file ?? defaultFile(env))
  if (config === null) return null
  const keys = keysOf(registryOf(image))
  const helper = keys.map((key) => config.credHelpers[key]).find((name) => name !== undefined) ?? config.credsStore
  const credentials = written(config.auths, keys) ?? (helper === undefined ? null : await askHelper(helper, keys, env))
  return credentials === null ? null : header(credentials)
}

/** Base64 for URLs, with its padding: engines take a value without it for none. */
const header = (credentials: Credentials): string =>
  Buffer.from(JSON.stringify(credentials)).toString('base64').replaceAll('+', '-').replaceAll('/', '_')

function defaultFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(env['DOCKER_CONFIG'] || join(env['HOME'] || '/root', '.docker'), 'config.json')
}

async function readConfig(path: string): Promise<z.output<typeof configShape> | null> {
  try {
    return configShape.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return null
  }
}

/** The names under which credentials of a registry are kept. */
const keysOf = (registry: string): readonly string[] =>
  registry === 'docker.io'
    ? ['https://index.docker.io/v1/', 'docker.io', 'index.docker.io']
    : [registry, `https://${registry}`, `https://${registry}/v2/`]

function written(auths: z.output<typeof configShape>['auths'], keys: readonly string[]): Credentials | null {
  const entry = keys.map((key) => auths[key]).find((one) => one !== undefined)
  const text = entry?.auth === undefined ? '' : Buffer.from(entry.auth, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (entry === undefined || colon < 0) return null
  return {
    username: text.slice(0, colon),
    password: text.slice(colon + 1),
    ...(entry.identitytoken === undefined ? {} : { identitytoken: entry.identitytoken }),
  }
}

async function askHelper(
  name: string,
  keys: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Credentials | null> {
  for (const key of keys) {
    const answer = z.object({ Username: z.string(), Secret: z.string() }).safeParse(await helperSays(name, key, env))
    if (answer.success) return { username: answer.data.Username, password: answer.data.Secret }
  }
  return null
}

function helperSays(name: string, key: string, env: Readonly<Record<string, string | undefined>>): Promise<unknown> {
  return new Promise((resolve) => {
    const child = execFile(`docker-credential-${name}`, ['get'], { timeout: helperMs, env: { ...env } }, (error, stdout) => {
      try {
        const answer: unknown = error === null ? JSON.parse(stdout) : null
        resolve(answer)
      } catch {
        resolve(null)
      }
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(key)
  })
}
