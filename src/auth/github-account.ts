import type { TokenEndpointResponse } from 'openid-client'
import { HubError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import type { Identity, SignedIn } from './authenticator.ts'
import type { GithubApi } from './github-api.ts'
import type { GithubOptions } from './github-options.ts'
import {
  confirmedEmail,
  githubEmailsSchema,
  githubMembershipSchema,
  githubTeamsSchema,
  membershipPath,
  teamGroups,
} from './github-rules.ts'
import type { GithubUser } from './github-rules.ts'

/** What was given at the token endpoint, as far as it is kept. */
export type GithubTokens = Pick<TokenEndpointResponse, 'access_token' | 'refresh_token' | 'scope'>

/** What the rules of the options make of an account. Errors: email_unverified, and those of the API. */
export async function githubSignedIn(options: GithubOptions, api: GithubApi, user: GithubUser, tokens: GithubTokens): Promise<SignedIn> {
  const email = options.requireVerifiedEmail ? confirmedEmail(await api.list('/user/emails', githubEmailsSchema)) : null
  if (options.requireVerifiedEmail && email === null) throw new HubError('email_unverified', { service: options.title })
  const teams = options.groupsFromTeams.length === 0 ? null : await api.list('/user/teams', githubTeamsSchema)
  const identity: Identity = {
    authenticator: options.id,
    subject: `${user.id}`,
    userName: user.login,
    admin: null,
    groups: teams === null ? null : teamGroups(teams, options.groupsFromTeams),
    vouched: await isMember(options, api, user.login),
  }
  const { access_token, refresh_token, scope = '' } = tokens
  const authState: JsonObject = {
    access_token,
    ...(refresh_token === undefined ? {} : { refresh_token }),
    scope: scope.split(/[ ,]+/).filter((one) => one !== ''),
    github_user: { id: user.id, login: user.login, name: user.name ?? null, ...(email === null ? {} : { email }) },
    ...(identity.groups === null ? {} : { teams: identity.groups }),
  }
  return { identity, authState }
}

/** Is somebody in one of the organisations or teams that may come in? Whatever GitHub does not plainly confirm is no. */
async function isMember({ allowedOrganizations }: GithubOptions, api: GithubApi, login: string): Promise<boolean> {
  for (const entry of allowedOrganizations) {
    const path = membershipPath(entry, login)
    const isIn = entry.includes(':') ? (await api.one(path, githubMembershipSchema))?.state === 'active' : await api.holds(path)
    if (isIn) return true
  }
  return false
}
