import { Migrator } from 'kysely/migration'
import { systemClock } from '../lib/clock.ts'
import type { Database } from './database.ts'
import { migrationsFor } from './migrations/registry.ts'
import { isBusy } from './sqlite.ts'

const lockDeadlineMs = 60_000

/** One step of the schema's history. */
export type MigrationStatus = { readonly name: string; readonly appliedAt: string | null }

const createMigrator = ({ db, dialect, schema }: Database): Migrator =>
  new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrationsFor(dialect)) },
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  })

/**
 * Brings the schema up to date, all in one transaction. Only one process does so at a time; the others wait and then find nothing to do.
 * Throws when a step fails or when the database was made by a newer version.
 */
export const migrate = (database: Database): Promise<{ readonly applied: readonly string[] }> =>
  migrateBy(() => createMigrator(database).migrateToLatest())

/** Brings the schema of an empty database to where it was after that step. */
export const migrateUpTo = (database: Database, step: string): Promise<{ readonly applied: readonly string[] }> =>
  migrateBy(() => createMigrator(database).migrateTo(step))

async function migrateBy(attempt: () => ReturnType<Migrator['migrateToLatest']>): Promise<{ readonly applied: readonly string[] }> {
  const until = performance.now() + lockDeadlineMs
  for (;;) {
    const { error, results = [] } = await attempt()
    if (error === undefined) return { applied: results.map((result) => result.migrationName) }
    if (!isBusy(error) || performance.now() > until)
      throw new Error(`The database could not be brought up to date: ${reasonOf(error)}.`, { cause: error })
    await systemClock.sleep(50)
  }
}

/** Node tries several addresses of a host and wraps what went wrong with each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'unknown'
}

/** All steps in their order, with the time each was applied, or null. */
export async function migrationStatus(database: Database): Promise<readonly MigrationStatus[]> {
  const steps = await createMigrator(database).getMigrations()
  return steps.map((step) => ({ name: step.name, appliedAt: step.executedAt?.toISOString() ?? null }))
}
