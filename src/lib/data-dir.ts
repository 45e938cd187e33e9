import { constants } from 'node:fs'
import { link, lstat, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'

/** The secrets that belong to one installation. */
export type InstallationSecrets = {
  /** 32 bytes: signs cookies. */
  readonly cookieSecret: Buffer
  /** 32 bytes: seals what the database keeps encrypted. */
  readonly vaultKey: Buffer
  /** 64 hex digits: what the hub says to the proxy. */
  readonly proxyToken: string
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const worldWritable = 0o002
const sticky = 0o1000
const othersMask = 0o077

/** Makes the folder (mode 0700) when it is missing. Throws one clear sentence when it is no folder or everybody may write to it. */
export async function prepareDataDir(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new Error(`The data directory ${path} cannot be made.`, { cause })
  })
  const { mode } = await lstat(path)
  const exposed = (mode & worldWritable) !== 0 && (mode & sticky) === 0
  if (exposed) throw new Error(`Everybody may write to the data directory ${path}. Run: chmod o-w ${path}`)
}

/** Reads the secrets of the installation, making those that are missing. */
export async function loadSecrets(dataDir: string): Promise<InstallationSecrets> {
  const [cookie, vault, proxy] = await Promise.all([
    readOrCreateSecret(join(dataDir, 'cookie-secret')),
    readOrCreateSecret(join(dataDir, 'vault-key')),
    readOrCreateSecret(join(dataDir, 'proxy-token')),
  ])
  return { cookieSecret: Buffer.from(cookie, 'hex'), vaultKey: Buffer.from(vault, 'hex'), proxyToken: proxy }
}

/**
 * The 64 hex digits in the file. A missing file is made with mode 0600, whole or not at all; of two processes that make it at once, both get
 * the same. Throws one clear sentence when the file is a link, belongs to somebody else, may be read by others, or holds something else.
 */
export async function readOrCreateSecret(path: string): Promise<string> {
  const known = await readSecret(path)
  if (known !== null) return known
  await createSecret(path, randomBytes(32).toString('hex'))
  const made = await readSecret(path)
  if (made === null) throw new Error(`The secret file ${path} vanished.`)
  return made
}

/** The digits in a secret file, or null when there is no such file. */
export async function readSecret(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null
    if (codeOf(error) === 'ELOOP') throw new Error(`The secret file ${path} is a symbolic link. Put the file itself there.`)
    throw new Error(`The secret file ${path} cannot be read (${codeOf(error)}).`, { cause: error })
  })
  if (file === null) return null
  try {
    const { mode, uid } = await file.stat()
    if ((mode & othersMask) !== 0) throw new Error(`Others may read the secret file ${path}. Run: chmod 600 ${path}`)
    if (uid !== 0 && uid !== process.getuid?.()) throw new Error(`The secret file ${path} belongs to another account (uid ${uid}).`)
    const text = (await file.readFile('utf8')).trim()
    if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`The secret file ${path} does not hold 64 hex digits. Remove it to get a new one.`)
    return text
  } finally {
    await file.close()
  }
}

async function createSecret(path: string, secret: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${secret}\n`)
    await file.sync()
    // Unlike rename, link never replaces what another process made in the meantime.
    await link(draft, path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error
    })
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}
