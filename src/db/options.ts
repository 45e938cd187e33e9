import { z } from 'zod'
import { defineOptions, opt } from '../core/options.ts'
import type { SectionValues } from '../core/options.ts'

const urlPattern = /^(?:sqlite:|postgres:\/\/|postgresql:\/\/)./

/** Options of the database. */
export const databaseOptions = defineOptions('database', 'Where users, servers and tokens are kept.', {
  url: opt(
    z.string().refine((text) => urlPattern.test(text), "expected 'sqlite:FILE' or 'postgres://user:password@host/name'"),
    'sqlite:orrery.sqlite',
    "'sqlite:FILE' (relative to the data directory) or 'postgres://user:password@host/name'.",
    { source: 'JupyterHub.db_url', secret: true },
  ),
})

/** Values of the section `database`. */
export type DatabaseOptions = SectionValues<typeof databaseOptions>
