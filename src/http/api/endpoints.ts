import type { JsonObject } from '../../core/json.ts'
import type { Endpoint } from '../endpoint.ts'
import { openApiDocument } from '../openapi.ts'
import { orreryVersion } from '../versions.ts'
import { activity } from './activity.ts'
import { groupEndpoints } from './groups.ts'
import { info } from './info.ts'
import { oneUserEndpoints } from './one-user.ts'
import { progressEndpoints } from './progress.ts'
import { reference } from './reference.ts'
import { health, healthHead, root, rootWithSlash } from './root.ts'
import { serverEndpoints } from './servers.ts'
import { serviceEndpoints } from './services.ts'
import { tokenEndpoints } from './tokens.ts'
import { whoami } from './user.ts'
import { usageEndpoints } from './usage.ts'
import { usersEndpoints } from './users.ts'

/** The REST API, in the order of the reference. */
const resources: readonly Endpoint[] = [
  root,
  rootWithSlash,
  health,
  healthHead,
  info,
  whoami,
  ...usersEndpoints,
  ...oneUserEndpoints,
  activity,
  ...serverEndpoints,
  ...progressEndpoints,
  ...usageEndpoints,
  ...tokenEndpoints,
  ...groupEndpoints,
  ...serviceEndpoints,
]

/** The OpenAPI document of the REST API. `url`: where the API is, a path or absolute. */
export const apiReference = (url: string): JsonObject => openApiDocument(resources, { version: orreryVersion, url })

/** Every endpoint, the reference of the others included. */
export const apiEndpoints: readonly Endpoint[] = [...resources, reference(apiReference)]
