/** Who somebody proved to be, before it is decided whether they are let in. */
export type Identity = {
  /** Kind of the authenticator that vouches for it. */
  readonly authenticator: string
  /** Stable id at that authenticator; never reused for another person. For `native` the account's own id as text. */
  readonly subject: string
  /** Name as proved, before normalisation. */
  readonly userName: string
  /** Null: the authenticator has no opinion. */
  readonly admin: boolean | null
  readonly groups: readonly string[] | null
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

/** An authenticator that sends the browser elsewhere and gets it back. */
export type RedirectAuthenticator = {
  readonly kind: string
  readonly form: 'redirect'
  readonly title: string
  /** Where to send the browser, and what has to be kept (signed, in a short cookie) until it comes back. */
  begin(request: { readonly callbackUrl: string }): Promise<{ readonly url: string; readonly pending: Readonly<Record<string, string>> }>
  /** The identity, from the URL the browser came back to. Throws HubError when the provider refused or something does not match. */
  finish(request: {
    readonly url: URL
    readonly callbackUrl: string
    readonly pending: Readonly<Record<string, string>>
  }): Promise<Identity>
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
