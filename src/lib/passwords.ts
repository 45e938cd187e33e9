import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { createTurns } from './turns.ts'

/** Hashes and checks passwords. */
export type Passwords = {
  /** A PHC string (`$argon2id$v=19$m=…,t=…,p=…$salt$hash`) with a fresh salt. */
  hash(password: string): Promise<string>
  /** Whether the password belongs to the PHC string. `null` (nobody of that name) takes the same time and is never right. */
  verify(password: string, stored: string | null): Promise<boolean>
  /** True when the string was made with weaker parameters than those of today: hash again at the next right password. */
  isOutdated(stored: string): boolean
}

type Parameters = { readonly memoryKiB: number; readonly passes: number; readonly parallelism: number }
type Parsed = Parameters & { readonly salt: Buffer; readonly tag: Buffer }

// RFC 9106 with the memory that OWASP names as the least: what a small machine can give to two logins at once.
const today: Parameters = { memoryKiB: 19_456, passes: 2, parallelism: 1 }
const saltBytes = 16
const tagBytes = 32
const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,172})$/

const encode = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

function parse(stored: string): Parsed | null {
  const [, memory, passes, parallelism, salt = '', tag = ''] = phc.exec(stored) ?? []
  if (memory === undefined) return null
  return {
    memoryKiB: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

const derive = (password: string, nonce: Buffer, tagLength: number, parameters: Parameters): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const { memoryKiB: memory, passes, parallelism } = parameters
    // NFKC: the same password typed on two keyboards is the same password.
    const message = Buffer.from(password.normalize('NFKC'), 'utf8')
    argon2('argon2id', { message, nonce, parallelism, tagLength, memory, passes }, (error, key) => (error ? reject(error) : resolve(key)))
  })

/** Argon2id of node:crypto. At most `atOnce` hashes are computed at the same time (19 MiB each); the others wait their turn. */
export function createPasswords({ atOnce = 2 }: { readonly atOnce?: number } = {}): Passwords {
  const turns = createTurns(atOnce)
  const decoy: Parsed = { ...today, salt: randomBytes(saltBytes), tag: randomBytes(tagBytes) }
  return {
    hash: async (password) => {
      const salt = randomBytes(saltBytes)
      const tag = await turns.run(() => derive(password, salt, tagBytes, today))
      return `$argon2id$v=19$m=${today.memoryKiB},t=${today.passes},p=${today.parallelism}$${encode(salt)}$${encode(tag)}`
    },
    verify: async (password, stored) => {
      const known = stored === null ? null : parse(stored)
      const against = known ?? decoy
      const tag = await turns.run(() => derive(password, against.salt, against.tag.length, against))
      return timingSafeEqual(tag, against.tag) && known !== null
    },
    isOutdated: (stored) => {
      const parsed = parse(stored)
      return parsed === null || parsed.memoryKiB < today.memoryKiB || parsed.passes < today.passes
    },
  }
}
