import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

/** One quick check of the whole tree. */
export type Check = {
  readonly name: string
  /** The program with its arguments, run at the root of the project. */
  readonly command: readonly string[]
  /** Looks for a sign that the tool has really seen the files; returns what is wrong, or null. */
  readonly sawFiles?: (output: string) => string | null
}

/** Result of one check; `output` says why it failed. */
export type CheckResult = { readonly name: string; readonly ok: boolean; readonly output: string; readonly seconds: number }

const bin = (name: string): string => join('node_modules', '.bin', name)
const sources = (): number => globSync(['{src,test,scripts}/**/*.ts']).length

/** "Finished in 97ms on 42 files": a tool that was pointed at the wrong place says 0. */
function countedFiles(output: string): string | null {
  const seen = Number(/on (\d+) files/.exec(output)?.[1] ?? 0)
  return seen >= sources() ? null : `saw ${seen} files, but there are at least ${sources()}`
}

const projects = ['.', 'scripts/bootstrap', 'src/web/browser'].filter(
  (folder) => folder === '.' || existsSync(join(folder, 'tsconfig.json')),
)

/** Every check, in the order of the run. */
export const checks: readonly Check[] = [
  ...projects.map((folder) => ({ name: folder === '.' ? 'types' : `types of ${folder}`, command: [bin('tsc'), '-p', folder] })),
  { name: 'lint', command: [bin('oxlint'), '--deny-warnings'], sawFiles: countedFiles },
  { name: 'format', command: [bin('oxfmt'), '--check'], sawFiles: countedFiles },
  { name: 'generated files are fresh', command: [process.execPath, 'scripts/generate.ts', '--check'] },
]

/** Runs one check to its end. */
export function runCheck(check: Check): CheckResult {
  const from = performance.now()
  const [program = '', ...args] = check.command
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 100_000_000, timeout: 300_000 })
  const output = `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`
  const blind = status === 0 ? (check.sawFiles?.(output) ?? null) : null
  return { name: check.name, ok: status === 0 && blind === null, output: blind ?? output, seconds: (performance.now() - from) / 1000 }
}
