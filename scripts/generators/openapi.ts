import { execFileSync } from 'node:child_process'
import { apiReference } from '../../src/http/api/endpoints.ts'

const path = 'docs/reference/openapi.json'

/** The OpenAPI document of the REST API, as a hub at the root of its host serves it, formatted like every other file. */
export function openApiFile(): string {
  const text = JSON.stringify(apiReference('/hub/api'), null, 2)
  return execFileSync('node_modules/.bin/oxfmt', ['--stdin-filepath', path], { input: text, encoding: 'utf8', maxBuffer: 67_108_864 })
}
