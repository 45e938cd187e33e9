import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const abandonedAfterMs = 30 * 60_000

/**
 * Runs `work` while holding the lock file, so that two runs never install into the same folder. A lock whose holder is gone is taken over.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  while (!take(path)) {
    if (isAbandoned(path)) discard(path)
    else if (!told) process.stderr.write(`orrery: waiting for another run that is installing (${path})\n`)
    told = true
    await delay(200)
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

/** @param {string} path */
function take(path) {
  try {
    writeFileSync(path, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' })
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

/** @param {string} path */
function isAbandoned(path) {
  try {
    const age = Date.now() - statSync(path).mtimeMs
    const text = readFileSync(path, 'utf8')
    if (text === '') return age > 5000
    const holder = JSON.parse(text)
    return holder.host === hostname() ? !isAlive(holder.pid) : age > abandonedAfterMs
  } catch (error) {
    return !isCode(error, 'ENOENT')
  }
}

/** Moves the lock away first: of two runs that find it abandoned, only one succeeds. @param {string} path */
function discard(path) {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error
  }
  rmSync(aside, { force: true })
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

/** @param {unknown} error @param {string} code */
export function isCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}
