import { z } from 'zod'
import { openEndpoint } from '../endpoint.ts'
import { empty, json } from '../reply.ts'
import { wireVersion } from '../versions.ts'

const Version = z.object({ version: z.string() })
const anyOrigin = { 'Access-Control-Allow-Origin': '*' }

/** Single-user servers ask this first, and read the version header of the reply. */
export const root = openEndpoint({
  method: 'GET',
  path: '',
  summary: 'Version of the hub.',
  reply: { 200: Version },
  credentials: 'none',
}).handledBy(() => json(200, { version: wireVersion }, anyOrigin))

/** The same with a slash. */
export const rootWithSlash = openEndpoint({
  method: 'GET',
  path: '/',
  summary: 'Version of the hub.',
  reply: { 200: Version },
  credentials: 'none',
}).handledBy(() => json(200, { version: wireVersion }, anyOrigin))

const html = { 'Content-Type': 'text/html' }

/** Alive. */
export const health = openEndpoint({
  method: 'GET',
  path: '/health',
  summary: 'Answers while the hub is alive.',
  reply: { 200: null },
  credentials: 'none',
}).handledBy(() => empty(200, html))

/** Alive, without a body. */
export const healthHead = openEndpoint({
  method: 'HEAD',
  path: '/health',
  summary: 'Answers while the hub is alive.',
  reply: { 200: null },
  credentials: 'none',
}).handledBy(() => empty(200, html))
