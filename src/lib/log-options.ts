import { z } from 'zod'
import { defineOptions, opt } from '../core/options.ts'
import { logLevels } from './log.ts'
import type { SectionValues } from '../core/options.ts'

/** Options of the log. */
export const logOptions = defineOptions('log', 'What is written to standard output.', {
  level: opt(z.enum(logLevels), 'info', 'The least important events that are written.', { source: 'JupyterHub.log_level' }),
  format: opt(
    z.enum(['auto', 'json', 'pretty']),
    'auto',
    "'json': one object a line. 'pretty': one readable line. 'auto': pretty on a terminal, else json.",
  ),
})

/** Values of the section `log`. */
export type LogValues = SectionValues<typeof logOptions>
