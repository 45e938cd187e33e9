import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the engine of the tests keeps its things. */
export type EngineFolders = {
  /** Images and everything else that survives a run. */
  readonly data: string
  /** Sockets, process ids and logs; short, because a socket's path must be. Only root may enter. */
  readonly run: string
  readonly socket: string
  readonly pidFile: string
  /** Where the keeper listens. */
  readonly control: string
  /** Name of an abstract socket: who holds it is the keeper, and loses it with its life. */
  readonly lock: string
  readonly bridge: string
  readonly log: string
}

/** The folders that all checkouts of one user share. */
export function engineFolders(): EngineFolders {
  const data = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'orrery', 'docker')
  const id = createHash('sha256').update(data).digest('hex').slice(0, 8)
  const run = `/run/orrery-docker-${id}`
  return {
    data,
    run,
    socket: join(run, 'docker.sock'),
    pidFile: join(run, 'dockerd.pid'),
    control: join(run, 'keeper.sock'),
    lock: `\0orrery-docker-${id}`,
    bridge: `orrery-${id}`,
    log: join(run, 'dockerd.log'),
  }
}
