import { readFileSync, statSync } from 'node:fs'
import { accessRules } from '../core/access-rules.ts'
import type { AccessRules, AccessSettings } from '../core/access-rules.ts'
import { parseUserList } from '../core/user-list.ts'
import type { UserList } from '../core/user-list.ts'

/** What the rules are made from. */
export type RulesSourceOptions = {
  readonly settings: AccessSettings
  /** Path of a userlist file, read again whenever it has changed. */
  readonly userlist: string | null
  /** Told each thing in settings or file that does not count, once for each version of the file. */
  readonly onProblem: (problem: string) => void
}

const nobody: UserList = { users: [], admins: [], problems: [] }

/** The rules of who may sign in, as they are at the moment of asking. A file that cannot be read leaves what it said last. */
export function createRulesSource({ settings, userlist, onProblem }: RulesSourceOptions): () => AccessRules {
  let version = ''
  let current = join(settings, nobody)
  current.problems.forEach(onProblem)

  const refresh = (path: string): void => {
    const found = versionOf(path)
    if (found === version) return
    version = found
    const text = found === '' ? null : textOf(path)
    if (text === null) return onProblem(`the userlist ${path} cannot be read`)
    const list = parseUserList(text)
    current = join(settings, list)
    for (const problem of list.problems) onProblem(`userlist ${path}, ${problem}`)
  }

  return () => {
    if (userlist !== null) refresh(userlist)
    return current.rules
  }
}

const join = (settings: AccessSettings, list: UserList): ReturnType<typeof accessRules> =>
  accessRules({
    ...settings,
    allowedUsers: [...(settings.allowedUsers ?? []), ...list.users],
    adminUsers: [...(settings.adminUsers ?? []), ...list.admins],
  })

/** Changes whenever the file does; empty when it cannot be read. */
function versionOf(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return ''
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
