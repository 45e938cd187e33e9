import { commonWords } from './common-passwords.ts'

/** What a new password has to keep to. */
export type PasswordRules = {
  /** In characters (code points), after NFKC. */
  readonly minimumLength: number
  /** Refuses what is easy to guess. */
  readonly checkCommon: boolean
}

/** A password that may be used, or why it may not: a phrase that completes "cannot be used: …". */
export type PasswordVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Longer ones are refused: nobody types them, and hashing them costs. */
export const maximumPasswordLength = 1024

type PasswordCheck = { readonly refuses: (password: string, userName: string) => boolean; readonly reason: string }

const rows = ['abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', '01234567890123456789']

/** The longest piece of an alphabet, of a keyboard row or of counting, forwards or backwards. */
function longestRun(password: string): number {
  const lines = rows.flatMap((row) => [row, Array.from(row).toReversed().join('')])
  let longest = 0
  for (let from = 0; from < password.length; from += 1) {
    while (lines.some((line) => line.includes(password.slice(from, from + longest + 1))) && from + longest < password.length) longest += 1
  }
  return longest
}

const substitutes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
}

/** `P@ssw0rd2024!` → `password`: what is left when the usual decoration is taken off. */
function cores(password: string): string[] {
  const trimmed = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const plain = (text: string): string => Array.from(text, (char) => substitutes[char] ?? char).join('')
  const letters = plain(password.replace(/[\d!?.,;:*#+_-]+$/, ''))
  return [password, trimmed, plain(trimmed), letters, letters.replace(/[^\p{L}]/gu, '')]
}

const guessable: readonly PasswordCheck[] = [
  { refuses: (password) => new Set(password).size < 4, reason: 'it repeats the same few characters' },
  { refuses: (password) => longestRun(password) > password.length / 2, reason: 'it is a row of neighbouring keys or of the alphabet' },
  { refuses: (password) => /^(.{1,8})\1+.{0,3}$/u.test(password), reason: 'it repeats itself' },
  {
    refuses: (password, userName) => userName.length > 2 && password.includes(userName) && password.length - userName.length < 6,
    reason: 'it is your name with a little added',
  },
  { refuses: (password) => cores(password).some((core) => commonWords.has(core)), reason: 'it is one of the first that people try' },
]

/** Whether a new password may be used. The form counts and judges what will be hashed: NFKC. */
export function checkPassword(raw: string, userName: string, rules: PasswordRules): PasswordVerdict {
  const password = raw.normalize('NFKC')
  const length = Array.from(password).length
  if (length < rules.minimumLength) return { ok: false, reason: `it has fewer than ${rules.minimumLength} characters` }
  if (length > maximumPasswordLength) return { ok: false, reason: `it has more than ${maximumPasswordLength} characters` }
  if (!rules.checkCommon) return { ok: true }
  const failed = guessable.find((check) => check.refuses(password.toLowerCase(), userName.toLowerCase()))
  return failed === undefined ? { ok: true } : { ok: false, reason: failed.reason }
}
