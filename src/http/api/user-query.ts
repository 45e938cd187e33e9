import { z } from 'zod'

/** A flag of the query: on when it is there with any value but `0` and `false`, also without a value. */
const flag = z
  .string()
  .optional()
  .transform((text) => text !== undefined && !['0', 'false'].includes(text.toLowerCase()))

/** Query of the progress of a start. */
export const ProgressQuery = z.object({
  log: flag.describe(
    'Also tells what the server writes meanwhile: events with `log`, a list of new lines, and no id. `log_begins` marks the first, with the last lines of before. Needs the scope servers.',
  ),
})

/** Query of everything that shows users. */
export const StoppedServersQuery = z.object({
  include_stopped_servers: flag.describe('Shows servers that do not run, too.'),
})
