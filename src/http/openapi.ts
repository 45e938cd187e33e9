import { z } from 'zod'
import { errorCodes } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import { isJsonObject } from '../core/json.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { EndpointFacts } from './endpoint.ts'
import { ProblemModel } from './schemas.ts'

type Facts = EndpointFacts & { readonly open: boolean }

const JsonText: z.ZodType<Json> = z.json()
const Wrapped = z.object({ properties: z.object({ it: JsonText }), $defs: z.record(z.string(), JsonText).default({}) })

/** Schemas that have a name, collected while the document is written. */
type Named = Map<string, Json>

const pointTo = (text: string): string => text.replaceAll('"#/$defs/', '"#/components/schemas/')

/** The JSON Schema of a value. Named schemas go to `named` and are referred to. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', named: Named): Json {
  const whole: unknown = z.toJSONSchema(z.object({ it: schema }), { io, unrepresentable: 'any' })
  const parsed = Wrapped.parse(JSON.parse(pointTo(JSON.stringify(whole))))
  for (const [name, definition] of Object.entries(parsed.$defs)) named.set(name, withoutId(definition))
  return parsed.properties.it
}

/** `id` names the schema for zod; in a document it would be a base URI. */
function withoutId(definition: Json): Json {
  if (!isJsonObject(definition)) return definition
  return Object.fromEntries(Object.entries(definition).filter(([key]) => key !== 'id' && key !== '$id'))
}

const describe: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Accepted, and not finished yet.',
  204: 'Done; there is nothing to say.',
}

function success(spec: EndpointFacts['reply'], named: Named): [string, JsonObject][] {
  return Object.entries(spec).map(([status, schema]) => {
    const description = describe[Number(status)] ?? 'Done.'
    if (schema === null) return [status, { description }]
    if (schema === 'stream') return [status, { description, content: { 'text/event-stream': { schema: { type: 'string' } } } }]
    return [status, { description, content: { 'application/json': { schema: schemaOf(schema, 'output', named) } } }]
  })
}

/** Errors that follow from the declaration itself. */
function impliedErrors(facts: Facts): ErrorCode[] {
  return [
    ...(facts.open ? [] : (['credentials_missing'] as const)),
    ...(facts.scopes === undefined ? [] : (['scope_missing'] as const)),
    ...(facts.scopes !== undefined && facts.path.includes(':') ? (['resource_hidden'] as const) : []),
    ...(facts.query === undefined && facts.body === undefined ? [] : (['bad_request'] as const)),
    ...(facts.body === undefined ? [] : (['bad_json', 'body_too_large'] as const)),
  ]
}

function failures(facts: Facts): [string, JsonObject][] {
  const codes = [...new Set([...impliedErrors(facts), ...(facts.errors ?? [])])]
  const byStatus = Map.groupBy(codes, (code) => errorCodes[code].status)
  return [...byStatus].map(([status, found]) => [
    `${status}`,
    {
      description: `Codes: ${found.toSorted().join(', ')}.`,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ])
}

function parameters(facts: Facts, named: Named): JsonObject[] {
  const inPath = facts.path.split('/').filter((part) => part.startsWith(':'))
  const path = inPath.map((part) => ({ name: part.slice(1).replace('?', ''), in: 'path', required: true, schema: { type: 'string' } }))
  const query = facts.query === undefined ? null : schemaOf(facts.query, 'input', named)
  const properties = query !== null && isJsonObject(query) ? query['properties'] : undefined
  const fields = properties !== undefined && isJsonObject(properties) ? Object.entries<Json>(properties) : []
  return [...path, ...fields.map(([name, schema]): JsonObject => ({ name, in: 'query', required: false, schema }))]
}

function operation(facts: Facts, named: Named): JsonObject {
  const scopes = facts.scopes ?? []
  const needs = scopes.length === 0 ? '' : ` Needs one of: ${scopes.join(', ')}${facts.filtered === true ? ' (filters are honoured)' : ''}.`
  const body =
    facts.body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: schemaOf(facts.body, 'input', named) } } } }
  const words = facts.path.split('/').map((part) => part.replace(/[:?]/g, ''))
  return {
    operationId: [facts.method.toLowerCase(), ...words].filter((word) => word !== '').join('-'),
    summary: facts.summary,
    ...(needs === '' ? {} : { description: needs.trim() }),
    security: facts.open ? [] : [{ token: [...scopes] }],
    parameters: parameters(facts, named),
    ...body,
    responses: Object.fromEntries([...success(facts.reply, named), ...failures(facts)].toSorted(([a], [b]) => a.localeCompare(b))),
  }
}

const documentPath = (path: string): string => path.replace(/:(\w+)\??/g, '{$1}')

/** The OpenAPI 3.1 document of these endpoints, below `/hub/api`. */
export function openApiDocument(
  endpoints: readonly { readonly facts: Facts }[],
  about: { readonly version: string; readonly url: string },
): JsonObject {
  const named: Named = new Map()
  schemaOf(ProblemModel, 'output', named)
  const shown = endpoints.map(({ facts }) => facts).filter(({ path }) => path !== '')
  const byPath = Map.groupBy(shown, ({ path }) => documentPath(path))
  const paths = [...byPath].map(([path, found]): [string, JsonObject] => [
    path,
    Object.fromEntries(found.map((facts): [string, JsonObject] => [facts.method.toLowerCase(), operation(facts, named)])),
  ])
  return {
    openapi: '3.1.0',
    info: { title: 'Orrery', version: about.version, description: 'The REST API of the hub. A superset of the API of JupyterHub 5.' },
    servers: [{ url: about.url }],
    paths: Object.fromEntries(paths.toSorted(([a], [b]) => a.localeCompare(b))),
    components: {
      schemas: Object.fromEntries([...named].toSorted(([a], [b]) => a.localeCompare(b))),
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'Authorization', description: '`token X` or `Bearer X`' } },
    },
  }
}
