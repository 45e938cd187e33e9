import type { Authenticator } from './authenticator.ts'
import { createDummy } from './dummy.ts'
import { createNative } from './native.ts'
import type { NativeDeps } from './native.ts'
import type { DummyOptions, NativeOptions } from './options.ts'

/** One entry of `authenticators` in the configuration. */
export type AuthenticatorOptions = NativeOptions | DummyOptions

/** The authenticators of the configuration, in its order. */
export const createAuthenticators = (entries: readonly AuthenticatorOptions[], deps: NativeDeps): readonly Authenticator[] =>
  entries.map((entry) => createAuthenticator(entry, deps))

function createAuthenticator(entry: AuthenticatorOptions, deps: NativeDeps): Authenticator {
  switch (entry.kind) {
    case 'native':
      return createNative(entry, deps)
    case 'dummy':
      return createDummy(entry)
    default:
      return entry satisfies never
  }
}
