/** Something that starts servers in containers: the engine by itself, or a hub with its proxy. */
export type Contestant = {
  readonly name: string
  /** Makes the person known; nothing is started. */
  readonly addUser: (user: string) => Promise<void>
  /** Starts the user's server and resolves with the URL at which people reach it, once it is said to answer there. Rejects with why it did not start. */
  readonly start: (user: string) => Promise<string>
  /** Ends the user's server and waits until it is gone; one that does not run stays so. */
  readonly stop: (user: string) => Promise<void>
  /** Name of the volume with the user's home. */
  readonly homeOf: (user: string) => string
  /** Whether its servers get a token of their own. */
  readonly givesTokens: boolean
  readonly close: () => Promise<void>
}
