import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The proxy that is measured runs here alone. */
export const proxyCore = 0
/** Load and upstream run here. */
export const otherCore = 1

const started: ChildProcess[] = []

/** Starts a program on one core. Its output is shown only when it ends by itself. */
export function startOn(core: number, command: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn('taskset', ['-c', String(core), ...command], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      output = (output + part.toString()).slice(-4000)
    })
  }
  child.once('exit', (code) => {
    if (started.includes(child)) process.stderr.write(`${command.join(' ')} ended with ${code}\n${output}\n`)
  })
  started.push(child)
  return child
}

/** Ends everything that was started, and waits for it. */
export async function stopAll(): Promise<void> {
  const children = started.splice(0).filter((child) => child.exitCode === null && child.signalCode === null)
  await Promise.all(
    children.map(async (child) => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await Promise.race([ended, delay(8000)])
      child.kill('SIGKILL')
      await ended
    }),
  )
}

/** Resolves when something listens on the port of this machine. */
export async function listens(port: number): Promise<void> {
  const until = performance.now() + 15_000
  while (!(await accepts(port))) {
    if (performance.now() > until) throw new Error(`nothing listens on port ${port}`)
    await delay(20)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Memory of a process that is in use, in MB. */
export function memoryMb(pid: number | undefined): number {
  const kb = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Math.round(Number(kb) / 1024)
}

/** Seconds of processor time that a process has used. */
export function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
