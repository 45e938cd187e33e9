import type { Authenticator } from './authenticator.ts'
import { createDummy } from './dummy.ts'
import type { GithubOptions } from './github-options.ts'
import { createGithub } from './github.ts'
import type { GithubDeps } from './github.ts'
import { createNative } from './native.ts'
import type { NativeDeps } from './native.ts'
import { oidcId } from './oidc-options.ts'
import type { OidcOptions } from './oidc-options.ts'
import { createOidc } from './oidc.ts'
import type { OidcDeps } from './oidc.ts'
import type { DummyOptions, NativeOptions } from './options.ts'

/** One entry of `authenticators` in the configuration. */
export type AuthenticatorOptions = NativeOptions | DummyOptions | GithubOptions | OidcOptions

/** What authenticators need. */
export type AuthenticatorDeps = NativeDeps & GithubDeps & OidcDeps

/** How an entry is called in addresses, with accounts and in lists of people. */
export function authenticatorName(entry: AuthenticatorOptions): string {
  if (entry.kind === 'oidc') return oidcId(entry)
  return entry.kind === 'github' ? entry.id : entry.kind
}

/** The authenticators of the configuration, in its order. */
export const createAuthenticators = (entries: readonly AuthenticatorOptions[], deps: AuthenticatorDeps): readonly Authenticator[] =>
  entries.map((entry) => createAuthenticator(entry, deps))

function createAuthenticator(entry: AuthenticatorOptions, deps: AuthenticatorDeps): Authenticator {
  switch (entry.kind) {
    case 'native':
      return createNative(entry, deps)
    case 'dummy':
      return createDummy(entry)
    case 'github':
      return createGithub(entry, deps)
    case 'oidc':
      return createOidc(entry, deps)
    default:
      return entry satisfies never
  }
}
