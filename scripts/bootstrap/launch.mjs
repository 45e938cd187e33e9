import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './paths.mjs'

const forwarded = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])

/**
 * Goes over to the pinned Node.js: in place where the present one can do that, else as a child which gets every signal and whose end is ours.
 * @param {string} node
 * @param {readonly string[]} args the first one is a path below the root of the project
 * @param {Record<string, string>} environment
 */
export function launch(node, args, environment) {
  const [script = '', ...rest] = args
  const full = [join(root, script), ...rest]
  const env = { ...process.env, ...environment }
  if (typeof process.execve === 'function') {
    process.execve(node, [node, ...full], env)
    return
  }
  const child = spawn(node, full, { stdio: 'inherit', env })
  for (const signal of forwarded) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    process.stderr.write(`orrery: ${node} cannot be started: ${error.message}\n`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const name of forwarded) process.removeAllListeners(name)
    if (signal !== null) process.kill(process.pid, signal)
    else process.exitCode = code ?? 1
  })
}
