import { join } from 'node:path'
import type { GuardOptions } from '../spawners/docker/guard/options.ts'

/** Path of the socket on which the engine guard of an installation listens. */
export const guardSocket = ({ listen }: Pick<GuardOptions, 'listen'>, dataDir: string): string =>
  listen === undefined ? join(dataDir, 'engine.sock') : listen.slice('unix://'.length)
