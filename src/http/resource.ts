import type { Resource } from '../core/scopes.ts'
import type { Db } from '../db/database.ts'
import { findUser, groupsOfUser } from '../db/users.ts'

/** The thing that a path names, before anybody has looked whether it exists. */
export type Target =
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'server'; readonly user: string; readonly server: string }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'service'; readonly name: string }

async function groupsOf(db: Db, userName: string): Promise<readonly string[]> {
  const user = await findUser(db, userName)
  return user === null ? [] : groupsOfUser(db, user.id)
}

/** The thing with what scopes need to know of it. A thing that does not exist is in no group. */
export async function resourceOf(db: Db, target: Target): Promise<Resource> {
  switch (target.kind) {
    case 'user':
      return { ...target, groups: await groupsOf(db, target.name) }
    case 'server':
      return { ...target, groups: await groupsOf(db, target.user) }
    case 'group':
    case 'service':
      return target
    default:
      return target satisfies never
  }
}
