import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Version of the wire protocol that this hub speaks. Single-user servers compare it with their own and need a PEP 440 text. */
export const wireVersion = '5.5.1'

/** Version of this program, from its package. */
export const orreryVersion: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version
