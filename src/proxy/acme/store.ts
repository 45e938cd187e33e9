import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { Ms } from '../../core/time.ts'
import type { KeyPair } from '../../lib/self-signed.ts'
import type { AcmeSettings } from '../settings.ts'
import { createKey } from './key.ts'

/** What outlives the process: the key of the account at each certificate authority, and the certificate for each set of names. */
export type AcmeStore = {
  accountKey(): Promise<string>
  /** The kept certificate; null when there is none that can be used. */
  load(now: Ms): Promise<KeyPair | null>
  save(pair: KeyPair): Promise<void>
}

const othersMask = 0o077
const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** Keeps files in `settings.folder`, which is made with mode 0700; every file has mode 0600 and is there as a whole or not at all. */
export function createAcmeStore(settings: AcmeSettings): AcmeStore {
  const { folder } = settings
  const accountFile = join(folder, `account-${shortHash(settings.directoryUrl)}.pem`)
  const names = settings.domains.toSorted().join(' ')
  const pairFile = join(folder, `certificate-${shortHash(`${settings.directoryUrl} ${names}`)}.pem`)
  return {
    async accountKey() {
      const known = await readPrivate(accountFile)
      if (known !== null) return known
      const made = createKey()
      await writePrivate(folder, accountFile, made)
      return made
    },
    async load(now) {
      const text = await readPrivate(pairFile)
      return text === null ? null : usablePair({ key: text, cert: text }, now)
    },
    save: (pair) => writePrivate(folder, pairFile, `${pair.key.trimEnd()}\n${pair.cert.trimEnd()}\n`),
  }
}

/** A file that was cut or changed counts as none: a new certificate is had for the asking. */
function usablePair(pair: KeyPair, now: Ms): KeyPair | null {
  try {
    createSecureContext(pair)
    return new X509Certificate(pair.cert).validToDate.getTime() > now ? pair : null
  } catch {
    return null
  }
}

/** Null when there is no such file. Throws one clear sentence when others may read it. */
async function readPrivate(path: string): Promise<string | null> {
  const found = await lstat(path).catch(() => null)
  if (found === null) return null
  if (!found.isFile()) throw new Error(`${path} is no file. Remove it.`)
  if ((found.mode & othersMask) !== 0) throw new Error(`Others may read the key in ${path}. Run: chmod 600 ${path}`)
  return readFile(path, 'utf8')
}

async function writePrivate(folder: string, path: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
    await rename(draft, path)
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}
