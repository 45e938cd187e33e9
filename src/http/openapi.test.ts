import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { isErrorCode } from '../core/errors.ts'
import { isKnownScope } from '../core/scope-text.ts'
import { apiEndpoints, apiReference } from './api/endpoints.ts'

const document = z
  .object({
    paths: z.record(
      z.string(),
      z.record(
        z.string(),
        z.looseObject({ operationId: z.string(), summary: z.string().min(10), responses: z.record(z.string(), z.json()) }),
      ),
    ),
    components: z.object({ schemas: z.record(z.string(), z.json()) }),
  })
  .parse(apiReference('/hub/api'))

const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))

test('every endpoint is in the reference, under a name of its own', () => {
  const shown = apiEndpoints.filter(({ facts }) => facts.path !== '' && facts.path !== '/openapi.json')
  assert.ok(shown.length > 25)
  assert.equal(operations.length, shown.length)
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length)
})

test('every reference points at a schema that is there', () => {
  const targets = JSON.stringify(apiReference('/hub/api')).matchAll(/"\$ref":"([^"]+)"/g)
  const missing = [...targets]
    .map(([, target = '']) => target)
    .filter((target) => !Object.hasOwn(document.components.schemas, target.replace('#/components/schemas/', '')))
  assert.deepEqual(missing, [])
})

test('endpoints name only scopes and errors that exist', () => {
  for (const { facts } of apiEndpoints) {
    for (const scope of facts.scopes ?? []) assert.ok(isKnownScope(scope), scope)
    for (const code of facts.errors ?? []) assert.ok(isErrorCode(code), code)
  }
})

test('every operation says how it can succeed', () => {
  for (const operation of operations)
    assert.ok(
      Object.keys(operation.responses).some((status) => status.startsWith('2')),
      operation.operationId,
    )
})
