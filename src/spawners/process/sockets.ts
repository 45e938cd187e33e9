import { readdirSync, readlinkSync } from 'node:fs'
import { readOrNull } from '../../lib/process-stat.ts'
import { isCode } from './claim.ts'

/** What a port is to a run. */
export type Listening = {
  /** Ports on which the given processes listen; null when one of them does not show its sockets, so that nothing can be said. */
  readonly own: ReadonlySet<number> | null
  /** Ports on which anybody of the same network listens. */
  readonly all: ReadonlySet<number>
}

/** State of a socket that listens, in `/proc/net/tcp`: proc(5). */
const listenState = '0A'

/** Who listens where, from `/proc/PID/net/tcp` and the descriptors of the processes. Empty where there is no `/proc`. */
export function listeningPorts(pids: readonly number[]): Listening {
  const rows = socketRows(pids[0] ?? process.pid)
  const all = new Set(rows.map((row) => row.port))
  const each = pids.map(socketInodes)
  if (each.includes(null)) return { own: null, all }
  const inodes = new Set(each.flatMap((some) => some ?? []))
  return { own: new Set(rows.flatMap((row) => (inodes.has(row.inode) ? [row.port] : []))), all }
}

type SocketRow = { readonly port: number; readonly inode: string }

function socketRows(pid: number): SocketRow[] {
  return ['tcp', 'tcp6'].flatMap((table) =>
    (readOrNull(`/proc/${pid}/net/${table}`) ?? '').split('\n').flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      return state === listenState ? [{ port: Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16), inode }] : []
    }),
  )
}

/** Sockets of a process: none when it is gone, null when it does not show them. */
function socketInodes(pid: number): string[] | null {
  try {
    const folder = `/proc/${pid}/fd`
    return readdirSync(folder).flatMap((name) => inodeOf(`${folder}/${name}`))
  } catch (error) {
    return isCode(error, 'EACCES', 'EPERM') ? null : []
  }
}

function inodeOf(descriptor: string): string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(descriptor))?.[1]
    return inode === undefined ? [] : [inode]
  } catch {
    return []
  }
}
