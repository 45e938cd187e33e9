import type { Finding } from './findings.ts'
import type { Ms } from './time.ts'

const dayMs = 86_400_000
/** A certificate that ends within so many days should be on somebody's mind: those of common issuers are renewed a month before. */
const soonDays = 21
/** Clocks that differ by more than this many seconds disturb somebody. */
const noticeableSeconds = 30
/** Single-user servers before this version ask the hub in ways that it does not answer. */
const leastMajor = 2

/** Whether a single-user server of one version suits a hub that speaks that of another. Nothing when the text is no version. */
export function judgeSingleUser(version: string, hub: string): readonly Finding[] {
  const [major, hubMajor] = [majorOf(version), majorOf(hub)]
  if (major === null || hubMajor === null) return []
  if (major < leastMajor) return [{ code: 'single_user_old', detail: { version, least: `${leastMajor}.0`, hub } }]
  return major === hubMajor ? [] : [{ code: 'single_user_other', detail: { version, hub } }]
}

function majorOf(version: string): number | null {
  const digits = /^(\d+)(?:\.\d+)+/.exec(version)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** What a certificate says. `covers`: whether it is for the host that people open; null when that is not known. Times are milliseconds. */
export type CertificateFacts = { readonly from: Ms; readonly to: Ms; readonly host: string; readonly covers: boolean | null }

/** Whether browsers take the certificate at that time. */
export function judgeCertificate({ from, to, host, covers }: CertificateFacts, now: Ms): readonly Finding[] {
  const other: readonly Finding[] = covers === false ? [{ code: 'tls_other_host', detail: { host } }] : []
  if (now < from || now > to) return [{ code: 'tls_expired', detail: { from: dayOf(from), to: dayOf(to) } }, ...other]
  const days = Math.floor((to - now) / dayMs)
  return [{ code: days < soonDays ? 'tls_expiring' : 'tls_ready', detail: { days } }, ...other]
}

/** Whether a certificate that somebody else renews is about to end: within a quarter of its life, and within three weeks. */
export function judgeEnding(url: string, { from, to }: { readonly from: Ms; readonly to: Ms }, now: Ms): readonly Finding[] {
  const left = to - now
  const isSoon = left < Math.min(soonDays * dayMs, (to - from) / 4)
  return isSoon ? [{ code: 'public_certificate_ending', detail: { url, days: Math.max(0, Math.floor(left / dayMs)) } }] : []
}

/** What the hub saw of a WebSocket that was opened at the public address. `proto`: the first of X-Forwarded-Proto. */
export type Arrived = { readonly host: string; readonly proto: string }

/** Whether the proxy in front says truly what people opened. */
export function judgeFront(publicUrl: string, arrived: Arrived): readonly Finding[] {
  const { host, protocol, href } = new URL(publicUrl)
  if (arrived.host !== host) return [{ code: 'front_changes_host', detail: { host: arrived.host, expected: host } }]
  const isTold = protocol === 'http:' || arrived.proto === 'https' || arrived.proto === 'wss'
  return [isTold ? { code: 'front_passes', detail: { url: href } } : { code: 'front_not_believed', detail: { url: href } }]
}

const dayOf = (time: Ms): string => new Date(time).toISOString().slice(0, 10)

/** A file or folder that is nobody else's business, with its mode. */
export type PrivateFile = { readonly path: string; readonly mode: number; readonly role: 'folder' | 'secret' | 'database' | 'key' }

const openCodes = { folder: 'data_dir_open', secret: 'secret_file_open', database: 'database_file_open', key: 'tls_key_open' } as const
const othersMask = 0o077
/** The group may read a key: that is how programs share one. */
const beyondGroupMask = 0o007

/** One finding for everything that others can read. */
export function judgeModes(files: readonly PrivateFile[]): readonly Finding[] {
  return files.flatMap(({ path, mode, role }) => {
    const isOpen = (mode & (role === 'key' ? beyondGroupMask : othersMask)) !== 0
    return isOpen ? [{ code: openCodes[role], detail: { path } }] : []
  })
}

/** Whether two clocks are further apart than networks explain. */
export function judgeClocks(other: string, theirs: Ms, ours: Ms): readonly Finding[] {
  const seconds = Math.round(Math.abs(theirs - ours) / 1000)
  return Number.isFinite(seconds) && seconds > noticeableSeconds ? [{ code: 'clock_skew', detail: { other, seconds } }] : []
}

/** A notebook server with one kernel, megabytes of 2^20 bytes. */
const leastMemoryMiB = 256

/** Whether a limit of memory leaves room for a notebook server. `limit` is bytes. */
export function judgeMemory(limit: number | undefined): readonly Finding[] {
  const mebibytes = limit === undefined ? Infinity : Math.floor(limit / 2 ** 20)
  return mebibytes < leastMemoryMiB ? [{ code: 'memory_limit_low', detail: { limit: mebibytes, least: leastMemoryMiB } }] : []
}
