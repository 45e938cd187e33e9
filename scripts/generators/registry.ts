import { commandsPage } from './commands-page.ts'
import { errorsPage } from './errors-page.ts'
import { findingsPage } from './findings-page.ts'
import { withFolderTree } from './folder-tree.ts'
import { goldenSql } from './golden-sql.ts'
import { openApiFile } from './openapi.ts'
import { optionsPage } from './options-page.ts'
import { scopesPage } from './scopes-page.ts'
import { serviceUnits } from './service-units.ts'
import { setUpsPage } from './set-ups-page.ts'

/** The whole text of a file, and what has to be mended by hand before it is right. */
export type Made = { readonly text: string; readonly problems: readonly string[] }

/** A file of the repository that is made from the sources. */
export type Generated = {
  /** From the root of the project. */
  readonly path: string
  /** From the present text of the file, empty when it is missing. Depends on nothing but the sources. */
  readonly make: (present: string) => Made | Promise<Made>
}

const page = (text: () => string | Promise<string>) => async (): Promise<Made> => ({ text: await text(), problems: [] })

/** Every generated file. */
export const generated: readonly Generated[] = [
  { path: 'docs/reference/commands.md', make: page(commandsPage) },
  { path: 'docs/reference/errors.md', make: page(errorsPage) },
  { path: 'docs/reference/findings.md', make: page(findingsPage) },
  { path: 'docs/reference/openapi.json', make: page(openApiFile) },
  { path: 'docs/reference/options.md', make: page(optionsPage) },
  { path: 'docs/reference/scopes.md', make: page(scopesPage) },
  { path: 'docs/reference/set-ups.md', make: page(setUpsPage) },
  ...serviceUnits,
  ...goldenSql,
  { path: 'ARCHITECTURE.md', make: withFolderTree },
]
