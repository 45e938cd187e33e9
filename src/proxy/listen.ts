import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import type { Server } from 'node:net'
import { dirname } from 'node:path'
import type { ListenAddress } from './settings.ts'

/** Listens, or rejects with the reason. A socket file that nobody answers on any more is replaced; ours gets mode 0600 when `isPrivate`. */
export async function listen(server: Server, address: ListenAddress, isPrivate: boolean): Promise<void> {
  if ('socketPath' in address) await removeStale(address.socketPath)
  const place =
    'socketPath' in address
      ? { path: address.socketPath }
      : { port: address.port, ...(address.host === null ? {} : { host: address.host }) }
  await new Promise<void>((resolve, reject) => {
    const umask = isPrivate ? process.umask(0o177) : null
    server.once('error', reject)
    server.listen({ ...place, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve()
    })
    if (umask !== null) process.umask(umask)
  })
  if ('socketPath' in address && isPrivate) chmodSync(address.socketPath, 0o600)
}

async function removeStale(path: string): Promise<void> {
  if (!existsSync(path) || !lstatSync(path).isSocket()) return
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => resolve(true))
    probe.once('error', () => resolve(false))
    probe.once('close', () => probe.destroy())
  })
  if (alive) throw new Error(`another process listens on ${path}`)
  unlinkSync(path)
}

/** True when only the owner of the folder can reach a socket in it. */
export function isPrivateFolder(socketPath: string): boolean {
  const { mode, uid } = lstatSync(dirname(socketPath))
  return (mode & 0o077) === 0 && (process.getuid === undefined || uid === process.getuid())
}

/** `http://host:port` or the socket path, for the log. */
export function describeAddress(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') return `unix:${address ?? ''}`
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
