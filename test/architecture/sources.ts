import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** One import or re-export of a source file. */
export type Import = {
  /** As written: a package, `node:…`, or a path relative to the root of the project (`src/core/errors.ts`). */
  readonly to: string
  /** Needed for types only, so that it leaves no trace when the program runs. */
  readonly typeOnly: boolean
  readonly reExport: boolean
}

/** One TypeScript file below src. */
export type Source = {
  /** Path from the root of the project: `src/http/api/users.ts`. */
  readonly path: string
  /** Folder right below src: `http`; empty for `src/main.ts`. */
  readonly area: string
  readonly isTest: boolean
  readonly text: string
  /** The text with comments blanked out and strings emptied; every character keeps its place. */
  readonly code: string
  readonly imports: readonly Import[]
}

const root = join(import.meta.dirname, '..', '..')
const token = /\/\*[\s\S]*?\*\/|(?<![:\w\\])\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g
const statement =
  /^(import|export)\b(\s+type\b)?((?:(?!^import\b|^export\b)[^'"])*?)\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm

/** Every TypeScript file below src, in the order of their paths. */
export function readSources(): readonly Source[] {
  const paths = globSync('src/**/*.ts', { cwd: root }).toSorted()
  return paths.map((path) => readSource(path, readFileSync(join(root, path), 'utf8')))
}

/** What the rules need to know about one file. */
export function readSource(path: string, text: string): Source {
  const [, area = '', ...rest] = path.split('/')
  return {
    path,
    area: rest.length === 0 ? '' : area,
    isTest: path.endsWith('.test.ts'),
    text,
    code: text.replace(token, blank),
    imports: importsOf(
      path,
      text.replace(token, (found) => (found.startsWith('/') ? blank(found) : found)),
    ),
  }
}

const blank = (found: string): string => found.replace(/[^\n'"]/g, ' ')

function importsOf(path: string, text: string): readonly Import[] {
  return [...text.matchAll(statement)].map((match) => {
    const [, verb, type, names = '', from, bare, dynamic] = match
    const to = from ?? bare ?? dynamic ?? ''
    const onlyTypes = /^\s*\{(?:\s*type\s+[^,}]+,?)+\s*\}\s*$/.test(names)
    return {
      to: to.startsWith('.') ? normalize(join(dirname(path), to)) : to,
      typeOnly: type !== undefined || onlyTypes,
      reExport: verb === 'export',
    }
  })
}

/** Name of the package of an import: `@hono/node-server/serve-static` → `@hono/node-server`; null for files and `node:…`. */
export function packageOf(to: string): string | null {
  if (to.startsWith('src/') || to.startsWith('test/') || to.startsWith('node:') || to.includes('.json')) return null
  const parts = to.split('/')
  return to.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? null)
}

/** `path:line` of every match in the code of a file. */
export function placesOf(source: Source, pattern: RegExp): readonly string[] {
  return [...source.code.matchAll(pattern)].map(
    (match) => `${source.path}:${source.code.slice(0, match.index).split('\n').length}: ${match[0]}`,
  )
}
