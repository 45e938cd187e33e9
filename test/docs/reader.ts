import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { lightSpawner, preparePlace } from '../support/orrery.ts'
import { until } from '../support/until.ts'
import { root } from './page.ts'

/** Somebody who types the commands of a page into one shell, in a folder that stands for the clone. */
export type Reader = {
  readonly folder: string
  /** Where the hub of the page is reached. */
  readonly url: string
  readonly port: number
  /** What a block looks like with the ports and folders of this reader. */
  adapt(text: string): string
  /** Types a block; resolves with what it printed. Rejects when a line fails. A line that starts a hub ends the one before, and is done when the hub is ready. */
  type(block: string): Promise<string>
  /** What the hub of the moment has printed. */
  said(): Promise<string>
  /** Ctrl-C. */
  stop(): Promise<void>
  /** Stops what runs, removes the folder. */
  close(): Promise<void>
}

const startLine = /^(?:npm start(?: --)?|bin\/orrery start)(?= |$)/
const readyWithinMs = 30_000

/** A new reader. `swap`: what stands in a page, and what it is here. */
export async function openReader(swap: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}): Promise<Reader> {
  const place = await preparePlace()
  const { folder, url, hubUrl } = place
  await rm(join(folder, 'orrery.config.json'))
  const port = Number(new URL(url).port)
  await mkdir(join(folder, 'bin'))
  await symlink(join(root, 'bin', 'orrery'), join(folder, 'bin', 'orrery'))
  const swaps = Object.entries({ ...swap, ':8000': `:${port}`, '/srv/orrery': join(folder, 'srv') })
  const adapt = (text: string): string => swaps.reduce((known, [from, to]) => known.replaceAll(from, to), text)

  const shell = spawn('bash', ['--noprofile', '--norc'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      ORRERY_PROXY_BIND_URL: url,
      ORRERY_HUB_BIND_URL: hubUrl,
      ORRERY_SPAWNER_CMD: JSON.stringify(lightSpawner.cmd),
      ...env,
    },
  })
  let printed = ''
  const collect = (text: string): string => (printed += text)
  shell.stdout.setEncoding('utf8').on('data', collect)
  shell.stderr.setEncoding('utf8').on('data', collect)
  const closed = new Promise<void>((resolve) => shell.once('close', () => resolve()))
  shell.stdin.write('set -euo pipefail\nHUB_PID=\n')

  let typed = 0
  const run = async (commands: string): Promise<string> => {
    const from = printed.length
    const mark = `--- done ${(typed += 1)} ---`
    shell.stdin.write(`${commands}\necho '${mark}'\n`)
    await until(() => {
      assert.equal(shell.exitCode, null, `a command failed:\n${commands}\n${printed.slice(from)}`)
      return printed.includes(`${mark}\n`, from)
    }, readyWithinMs)
    return printed.slice(from, printed.indexOf(mark, from))
  }

  const said = (): Promise<string> => readFile(join(folder, 'said'), 'utf8')
  const stop = async (): Promise<void> => {
    await run('if [ -n "$HUB_PID" ]; then kill "$HUB_PID"; wait "$HUB_PID"; HUB_PID=; fi')
  }
  const start = async (line: string): Promise<void> => {
    await stop()
    await run(`${line.replace(startLine, 'bin/orrery start')} > said 2>&1 & HUB_PID=$!`)
    const isReady = async (): Promise<boolean> => {
      await run('kill -0 "$HUB_PID" || { cat said; exit 1; }')
      return (await said()).includes('Orrery is ready')
    }
    await until(isReady, readyWithinMs)
  }

  const type = async (block: string): Promise<string> => {
    const lines = adapt(block).trimEnd().split('\n')
    const at = lines.findIndex((line) => startLine.test(line))
    if (at === -1) return run(lines.join('\n'))
    assert.equal(at, lines.length - 1, 'a hub is started by the last line of a block')
    const before = at === 0 ? '' : await run(lines.slice(0, -1).join('\n'))
    await start(lines[at] ?? '')
    return before
  }

  const close = async (): Promise<void> => {
    await stop().catch(() => {})
    shell.stdin.end()
    await closed
    await place.remove()
  }
  return { folder, url, port, adapt, type, said, stop, close }
}

/** Writes the configuration of a page into the folder of the reader. */
export const writeConfig = (reader: Reader, block: string | undefined): Promise<void> =>
  writeFile(join(reader.folder, 'orrery.config.ts'), reader.adapt(block ?? ''))
