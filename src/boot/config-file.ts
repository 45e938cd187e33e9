import { access, readFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { locateInModule, locateInYaml } from './config-lines.ts'
import type { ConfigProblem } from './config-problem.ts'
import type { Locate } from './config-lines.ts'

/** Names under which a configuration is looked for, the first one wins. */
export const configFileNames = [
  'orrery.config.ts',
  'orrery.config.mjs',
  'orrery.config.json',
  'orrery.config.yaml',
  'orrery.config.yml',
] as const

/** A configuration file that was read. */
export type ConfigFile = {
  /** Absolute. */
  readonly path: string
  /** What relative paths in it are relative to. */
  readonly folder: string
  readonly content: Readonly<Record<string, unknown>>
  /** The line of a value, counted from 1; null when it cannot be told. */
  readonly locate: Locate
}

/** The file that was found and read; null when there is none, which is fine. */
export type FileResult = { readonly ok: true; readonly file: ConfigFile | null } | { readonly ok: false; readonly problem: ConfigProblem }

/** Where to look: what the command line and `ORRERY_CONFIG` say, else the folders, in their order. */
export type FilePlace = {
  readonly given: { readonly path: string; readonly by: string } | null
  readonly cwd: string
  readonly folders: readonly string[]
}

/** Finds and reads the configuration file. No file is no problem, unless one was asked for. */
export async function readConfigFile(place: FilePlace): Promise<FileResult> {
  if (place.given !== null) {
    const path = resolve(place.cwd, place.given.path)
    if (await exists(path)) return read(path)
    const origin = { kind: place.given.by.startsWith('-') ? 'flag' : 'env', name: place.given.by } as const
    return refused(path, 'there is no such file, or it cannot be read', 'Correct the path, or write a file with: orrery init', origin)
  }
  for (const folder of new Set(place.folders)) {
    for (const name of configFileNames) {
      if (await exists(join(folder, name))) return read(join(folder, name))
    }
  }
  return { ok: true, file: null }
}

async function read(path: string): Promise<FileResult> {
  const parse = parsers[extname(path)]
  if (parse === undefined) {
    return refused(path, `a file that ends in '${extname(path)}' is not understood`, 'Use .ts, .mjs, .json or .yaml.')
  }
  try {
    const { content, locate } = await parse(path)
    if (!isPlainObject(content))
      return refused(
        path,
        'it holds no object of sections',
        "Begin with the sections: hub, proxy, spawner, … (in .ts and .mjs: 'export default { … }').",
      )
    return { ok: true, file: { path, folder: dirname(path), content, locate } }
  } catch (error) {
    return refused(path, `it cannot be read: ${firstLines(error)}`, 'Correct the file; `orrery check` tells when it is right.')
  }
}

type Parsed = { readonly content: unknown; readonly locate: Locate }

const parsers: Readonly<Record<string, (path: string) => Promise<Parsed>>> = {
  '.ts': importModule,
  '.mjs': importModule,
  '.js': importModule,
  '.json': parseJson,
  '.yaml': parseYaml,
  '.yml': parseYaml,
}

async function importModule(path: string): Promise<Parsed> {
  const module: unknown = await import(pathToFileURL(path).href)
  const content: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined
  const text = await readFile(path, 'utf8')
  return { content, locate: (steps) => locateInModule(text, steps) }
}

async function parseJson(path: string): Promise<Parsed> {
  const text = await readFile(path, 'utf8')
  const content: unknown = JSON.parse(text)
  return { content, locate: (steps) => locateInModule(text, steps) }
}

async function parseYaml(path: string): Promise<Parsed> {
  const text = await readFile(path, 'utf8')
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true })
  const [error] = document.errors
  if (error !== undefined) throw error
  const content: unknown = document.toJS()
  return {
    content: content ?? {},
    locate: (steps) =>
      locateInYaml(
        (at) => document.getIn(at, true),
        (offset) => lines.linePos(offset).line,
        steps,
      ),
  }
}

/** A plain object of names and values; modules with classes, lists and null are not. */
export const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.prototype.toString.call(value) === '[object Object]'

const refused = (file: string, what: string, fix: string, origin: ConfigProblem['origin'] = { kind: 'default' }): FileResult => ({
  ok: false,
  problem: { option: file, origin, what, fix },
})

/** What is wrong, and for modules the line, which stands before the message in the stack. */
function firstLines(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = /^file:\/\/\S+?:(\d+)\n/.exec(error.stack ?? '')
  const [message = ''] = error.message.split('\n')
  return place === null ? message : `line ${place[1] ?? '?'}: ${message}`
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
