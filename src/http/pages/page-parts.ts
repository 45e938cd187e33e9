import type { Authenticator } from '../../auth/authenticator.ts'
import type { HealthReport } from '../../hub/health.ts'
import type { Assets } from '../../web/assets.ts'

/** What pages need besides what every handler of the edge has. */
export type PageParts = {
  readonly assets: Assets
  readonly authenticators: readonly Authenticator[]
  readonly health: { readonly report: () => Promise<HealthReport> }
  /** Options of accounts that the hub keeps itself. */
  readonly accountOptions: { readonly enableSignup: boolean; readonly openSignup: boolean; readonly minimumPasswordLength: number }
}

/** True when people have a password at this hub, so that links to choose one make sense. */
export const keepsPasswords = (parts: PageParts): boolean => parts.authenticators.some(({ kind }) => kind === 'native')
