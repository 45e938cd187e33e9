import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { hubPrefixOf } from '../deps.ts'
import { openEndpoint } from '../endpoint.ts'
import type { Endpoint } from '../endpoint.ts'
import { json } from '../reply.ts'

/** The reference of the API, for tools. `documentAt` makes it for the place where the API is. */
export const reference = (documentAt: (url: string) => JsonObject): Endpoint =>
  openEndpoint({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    credentials: 'none',
    reply: { 200: z.looseObject({ openapi: z.string() }) },
  }).handledBy(({ hub }) => json(200, documentAt(`${hubPrefixOf(hub.options)}api`), { 'Access-Control-Allow-Origin': '*' }))
