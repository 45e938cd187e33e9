import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endLeftBehind } from './left-behind.ts'
import { type TestRow, testRow } from './test-row.ts'

/** What became of one test file. `output` is what the file and its children printed. */
export type FileResult = { readonly file: string; readonly rows: readonly TestRow[]; readonly output: string; readonly seconds: number }

type Ended = { readonly code: number | null; readonly signal: string | null; readonly output: string; readonly tooLong: boolean }

/** Halves the processor time of a test file that loads much. */
const compileCache = join(import.meta.dirname, '..', '..', '.orrery', 'compile-cache-tests')
const reporter = join(import.meta.dirname, 'reporter.ts')

/**
 * Runs one test file in a process group of its own, with a temporary folder of its own (`TMPDIR`, removed afterwards).
 * A file that crashes, hangs, holds no test or leaves processes behind gets a failed row.
 */
export async function runTestFile(file: string, limitSeconds: number): Promise<FileResult> {
  const from = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'ot-'))
  chmodSync(folder, 0o755)
  const report = join(folder, 'report')
  const ended = await runToEnd(file, report, { limitSeconds, folder })
  const rows = readRows(report)
  const left = [...(await endLeftBehind(folder)), ...removeFolder(folder)]
  const trouble = troubleOf(ended, rows, limitSeconds) ?? (left.length === 0 ? null : `left something behind:\n${left.join('\n')}`)
  const all = trouble === null ? rows : [...rows, { kind: 'failed' as const, name: '(the file itself)', text: trouble }]
  return { file, rows: all, output: ended.output, seconds: (performance.now() - from) / 1000 }
}

/** Empty when the folder is gone; else one line: something is still mounted or being written there. */
function removeFolder(folder: string): string[] {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    return []
  } catch (error) {
    return [`${folder}: ${error instanceof Error ? error.message : String(error)}`]
  }
}

function troubleOf(ended: Ended, rows: readonly TestRow[], limitSeconds: number): string | null {
  if (ended.tooLong) return `did not end within ${limitSeconds} s: a test hangs, or leaves a timer, socket or child process open`
  const explained = rows.some((row) => row.kind === 'failed')
  if (ended.signal !== null) return `was ended by ${ended.signal}`
  if (ended.code !== 0 && !explained) return `ended with exit code ${ended.code} although no test failed`
  return rows.some((row) => row.kind !== 'note') ? null : 'holds no test'
}

function runToEnd(file: string, report: string, limits: { limitSeconds: number; folder: string }): Promise<Ended> {
  return new Promise((resolve) => {
    const args = [`--test-reporter=${reporter}`, `--test-reporter-destination=${report}`, file]
    const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: testEnvironment(limits.folder) })
    let output = ''
    let tooLong = false
    const collect = (text: string): void => {
      output = (output + text).slice(-100_000)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    const endGroup = (): void => killGroup(child.pid)
    const timer = setTimeout(() => {
      tooLong = true
      endGroup()
    }, limits.limitSeconds * 1000)
    process.once('exit', endGroup)
    // Not 'close': a process that a test left behind may hold the pipes open.
    child.on('exit', (code, signal) => {
      clearTimeout(timer)
      process.off('exit', endGroup)
      setTimeout(() => {
        endGroup()
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ code, signal: tooLong ? null : signal, output, tooLong })
      }, 20)
    })
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in the group.
  }
}

/** The caller's environment without what npm and an Orrery around us have put in. */
function testEnvironment(folder: string): NodeJS.ProcessEnv {
  const isForeign = (name: string): boolean =>
    /^(npm_|ORRERY_|JUPYTER|CONFIGPROXY_|INIT_CWD$|NODE_OPTIONS$)/.test(name) && name !== 'ORRERY_PYTHON_BIN'
  const kept = Object.entries(process.env).filter(([name]) => !isForeign(name))
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`
  return { ...Object.fromEntries(kept), PATH: path, TMPDIR: folder, FORCE_COLOR: '0', NODE_COMPILE_CACHE: compileCache }
}

function readRows(report: string): readonly TestRow[] {
  let text = ''
  try {
    text = readFileSync(report, 'utf8')
  } catch {
    return []
  }
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => testRow.parse(JSON.parse(line)))
}
