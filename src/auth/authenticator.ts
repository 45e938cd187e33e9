import type { JsonObject } from '../core/json.ts'

/** Who somebody proved to be, before it is decided whether they are let in. */
export type Identity = {
  /** Id of the authenticator that vouches for it: its kind, unless it sends the browser elsewhere and has an id of its own. */
  readonly authenticator: string
  /** Stable id at that authenticator; never reused for another person. For `native` the account's own id as text. */
  readonly subject: string
  /** Name as proved, before normalisation. */
  readonly userName: string
  /** Null: the authenticator has no opinion. */
  readonly admin: boolean | null
  /** Null: leave them as they are. Otherwise exactly these of the groups that the authenticator keeps. */
  readonly groups: readonly string[] | null
  /** A rule of the authenticator's own options lets them in (an organisation, a domain): one more beside those of `access`. */
  readonly vouched?: boolean
}

/** An authenticator with a name-and-password form. */
export type PasswordAuthenticator = {
  readonly kind: string
  readonly form: 'password'
  /** Can people ask for an account themselves? */
  readonly signUp: boolean
  /**
   * The identity, or null when name or password is wrong. Takes the same time for unknown names.
   * `userName` is trimmed, `password` is as typed.
   */
  authenticate(credentials: { readonly userName: string; readonly password: string }): Promise<Identity | null>
}

/** What the browser has to bring back, beside the state: kept sealed in a short cookie. Strings only, together less than 1 KiB. */
export type Pending = Readonly<Record<string, string>>

/** A finished sign-in elsewhere. `authState`: what has to be kept (sealed) to ask again later; null for nothing. */
export type SignedIn = { readonly identity: Identity; readonly authState: JsonObject | null }

/**
 * What asking again brought. `same`: nothing has to be written but that it was asked; `changed`: groups, name or `authState` are other ones.
 * `expired`: the provider does not know them any more, or has taken the permission back; they have to sign in again.
 */
export type Refreshed =
  | { readonly kind: 'same'; readonly signedIn: SignedIn }
  | { readonly kind: 'changed'; readonly signedIn: SignedIn }
  | { readonly kind: 'expired' }

/** What the hub does with an authenticator that sends the browser elsewhere; the same options for all of them (`redirectOptions`). */
export type RedirectSettings = {
  /** The address registered at the provider. Null: made from the public address of the hub. */
  readonly callbackUrl: string | null
  /** Go there at once, without a page that asks; only when there is no other way to sign in. */
  readonly autoLogin: boolean
  /** After how long the provider is asked again; 0: never. */
  readonly authRefreshAgeSeconds: number
  /** How long a sign-in goes on while the provider cannot be asked. */
  readonly authRefreshGraceSeconds: number
  /** Shown to holders of `admin:auth_state` and given to the spawner. */
  readonly enableAuthState: boolean
}

/**
 * An authenticator that sends the browser elsewhere and gets it back. The hub makes `state`, binds it to the browser and checks it before `finish`.
 * Restrictions (a confirmed address, a domain) are kept by `finish` and `refresh` themselves: they throw, whatever else would let somebody in.
 */
export type RedirectAuthenticator = {
  readonly kind: string
  /** Unique among those configured: stands in addresses and with identities, so it must not change. Letters a–z, digits, hyphens. */
  readonly id: string
  readonly form: 'redirect'
  /** Of the button: 'GitHub'. */
  readonly title: string
  readonly settings: RedirectSettings
  /** Where to send the browser. Errors: those of `provider-errors.ts`. */
  begin(request: {
    readonly callbackUrl: string
    readonly state: string
    readonly signal: AbortSignal
  }): Promise<{ readonly url: string; readonly pending: Pending }>
  /** Who came back with that URL. `state` and `pending` as of `begin`. Errors: those of `provider-errors.ts`; login_foreign for another state. */
  finish(request: {
    readonly url: URL
    readonly callbackUrl: string
    readonly state: string
    readonly pending: Pending
    readonly signal: AbortSignal
  }): Promise<SignedIn>
  /**
   * Where to send the browser so that it signs out there too and then comes back to `returnTo`; null: nowhere. Missing: it has no such thing, or is
   * not meant to. Errors: those of `begin`.
   */
  signOutUrl?(request: {
    readonly authState: JsonObject | null
    readonly returnTo: string
    readonly signal: AbortSignal
  }): Promise<string | null>
  /** Asks again about somebody who is signed in. Throws provider_unreachable or provider_rate_limited when there is no answer now. */
  refresh?(request: { readonly authState: JsonObject; readonly signal: AbortSignal }): Promise<Refreshed>
}

/** Any of the two. */
export type Authenticator = PasswordAuthenticator | RedirectAuthenticator

/** Where stored passwords are: the database, given by who wires the hub. */
export type CredentialStore = {
  /** The account of that normalised name with its PHC string; null when there is none, or it has no password. */
  find(userName: string): Promise<{ readonly userId: number; readonly userName: string; readonly passwordHash: string } | null>
  /** Keeps a stronger hash of the same password. */
  replace(userId: number, passwordHash: string): Promise<void>
}
