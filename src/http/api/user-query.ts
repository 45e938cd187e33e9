import { z } from 'zod'

/** A flag of the query: on when it is there with any value but `0` and `false`, also without a value. */
const flag = z
  .string()
  .optional()
  .transform((text) => text !== undefined && !['0', 'false'].includes(text.toLowerCase()))

/** Query of everything that shows users. */
export const StoppedServersQuery = z.object({
  include_stopped_servers: flag.describe('Shows servers that do not run, too.'),
})
