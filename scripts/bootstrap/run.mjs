import { spawn } from 'node:child_process'

/** @typedef {{ ok: boolean, output: string }} Finished */

/**
 * Runs a program to its end and collects what it says. Resolves with `ok: false` when it fails or does not exist.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, onLine?: (line: string) => void }} [options]
 * @returns {Promise<Finished>}
 */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const collect = (/** @type {string} */ text) => {
      output = (output + text).slice(-200_000)
      if (options.onLine !== undefined) for (const line of text.split('\n')) options.onLine(line)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', (error) => resolve({ ok: false, output: `${output}${error.message}` }))
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}
