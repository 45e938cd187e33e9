import { z } from 'zod'

/** One test that ended, as the reporter writes it. */
export const testRow = z.object({ kind: z.enum(['passed', 'failed', 'skipped', 'note']), name: z.string(), text: z.string() })

/** `text`: the error of a failed test, the reason of a skipped one, what a test measured (`t.diagnostic`). */
export type TestRow = z.output<typeof testRow>
