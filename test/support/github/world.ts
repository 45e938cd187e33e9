import { randomBytes } from 'node:crypto'

/** An account at the pretended GitHub. `id` stays, `login` may change and may then be taken by somebody else. */
export type Person = {
  readonly id: number
  login: string
  name: string | null
  /** The one they show to everybody; null: none. */
  email: string | null
  emails: { email: string; primary: boolean; verified: boolean }[]
}

/** An organisation. Members and teams are kept by id. */
export type Organisation = {
  readonly login: string
  readonly members: Map<number, 'public' | 'private'>
  readonly teams: Map<string, Set<number>>
}

/** What an application got for somebody. */
export type Grant = {
  readonly person: number
  readonly scopes: readonly string[]
  readonly redirectUri: string
  readonly challenge: string | null
}

/** The application as it is registered. */
export type Application = {
  readonly clientId: string
  clientSecret: string
  /** Registered at GitHub: addresses below them are accepted too. */
  callbackUrl: string
  /** Tokens of a GitHub App: they end after 8 hours and come with a refresh token that counts once. */
  readonly expiringTokens: boolean
}

/** Everything that the pretended GitHub knows. Tests change it as they like. */
export type GithubWorld = {
  readonly application: Application
  readonly people: Person[]
  readonly organisations: Organisation[]
  readonly codes: Map<string, Grant>
  readonly tokens: Map<string, Grant>
  readonly refreshTokens: Map<string, Grant>
  /** Requests to the API that are left; 0: every one is refused until `resetAt`. */
  rate: { remaining: number; resetAt: number }
}

/** A person with a confirmed address. */
export const personOf = (id: number, login: string): Person => ({
  id,
  login,
  name: login,
  email: null,
  emails: [{ email: `${login}@example.org`, primary: true, verified: true }],
})

/** Alice, Bob and Mallory; Alice is in acme (team staff), Bob in acme without a team. */
export function createWorld(application: Partial<Application>): GithubWorld {
  return {
    application: {
      clientId: 'Iv1.0123456789abcdef',
      clientSecret: 'secret-of-the-application',
      callbackUrl: 'http://127.0.0.1:8000/hub/oauth_callback',
      expiringTokens: false,
      ...application,
    },
    people: [personOf(1001, 'alice'), personOf(1002, 'bob'), personOf(1003, 'mallory')],
    organisations: [
      {
        login: 'acme',
        members: new Map([
          [1001, 'private'],
          [1002, 'private'],
        ]),
        teams: new Map([['staff', new Set([1001])]]),
      },
    ],
    codes: new Map(),
    tokens: new Map(),
    refreshTokens: new Map(),
    rate: { remaining: 5000, resetAt: Math.floor(Date.now() / 1000) + 3600 },
  }
}

/** The person with that login, as GitHub compares them. */
export const personNamed = (world: GithubWorld, login: string): Person | undefined =>
  world.people.find((person) => person.login.toLowerCase() === login.toLowerCase())

/** The organisation with that login. */
export const organisationNamed = (world: GithubWorld, login: string): Organisation | undefined =>
  world.organisations.find((organisation) => organisation.login.toLowerCase() === login.toLowerCase())

/** A new secret that looks like one of GitHub's. */
export const secretText = (prefix: string): string => `${prefix}${randomBytes(18).toString('hex')}`
