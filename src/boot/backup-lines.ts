import { z } from 'zod'
import { Cell } from '../db/table-rows.ts'

/** First line of a backup. */
export const BackupHead = z.object({
  format: z.literal('orrery-backup-1'),
  madeAt: z.string(),
  /** Version of the program that made it. */
  version: z.string(),
  dialect: z.enum(['sqlite', 'postgres']),
  /** Steps of the schema that the database had. */
  steps: z.array(z.string()).min(1),
  /** Secrets of the data directory, by the names of their files. */
  secrets: z.record(z.string(), z.string()),
})
export type BackupHead = z.output<typeof BackupHead>

/** Every other line: a table with its columns, or cells of the next row of the table that was named last. */
export const BackupLine = z.union([z.object({ table: z.string(), columns: z.array(z.string()).min(1) }), z.array(Cell)])
export type BackupLine = z.output<typeof BackupLine>

/** Secrets of the data directory that a backup holds: what signs cookies, what opens the sealed columns, what proxy and hub say to each other. */
export const secretFiles = ['cookie-secret', 'vault-key', 'proxy-token'] as const
