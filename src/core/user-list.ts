import { parseListedName } from './access-rules.ts'
import { shownName } from './names.ts'

/** What a userlist file says. `problems`: one sentence for each line that says nothing understandable. */
export type UserList = { readonly users: readonly string[]; readonly admins: readonly string[]; readonly problems: readonly string[] }

/** Reads a userlist: one name a line (`google:ada` for who is called so at that authenticator), a second word `admin` makes an administrator, `#` begins a comment, blank lines count for nothing. */
export function parseUserList(text: string): UserList {
  const users: string[] = []
  const admins: string[] = []
  const problems: string[] = []
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const [raw = '', second, ...rest] = line
      .replace(/#.*/, '')
      .replace(/^\uFEFF/, '')
      .trim()
      .split(/\s+/)
    if (raw === '') continue
    const parsed = parseListedName(raw)
    if (!parsed.ok) problems.push(`line ${index + 1}: ${shownName(raw)} cannot be used: ${parsed.reason}`)
    else if (rest.length > 0 || (second !== undefined && second !== 'admin'))
      problems.push(`line ${index + 1}: after the name only the word admin may stand`)
    else (second === 'admin' ? admins : users).push(parsed.name)
  }
  return { users, admins, problems }
}
