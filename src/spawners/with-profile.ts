import type { ProfileOverrides } from '../core/profiles.ts'

/** Options that a profile may replace, whatever the kind of the spawner. */
type Adjustable = {
  readonly memLimit: number | undefined
  readonly memGuarantee: number | undefined
  readonly cpuLimit: number | undefined
  readonly cpuGuarantee: number | undefined
  readonly environment: Readonly<Record<string, string>>
}

/** The options of one start: what the profile sets wins. A guarantee is never more than the limit. */
export function withProfile<T extends Adjustable>(options: T, profile: ProfileOverrides | null): T {
  if (profile === null) return options
  const memLimit = profile.memLimit ?? options.memLimit
  const cpuLimit = profile.cpuLimit ?? options.cpuLimit
  return {
    ...options,
    memLimit,
    cpuLimit,
    memGuarantee: least(options.memGuarantee, memLimit),
    cpuGuarantee: least(options.cpuGuarantee, cpuLimit),
    environment: { ...options.environment, ...profile.environment },
  }
}

const least = (guarantee: number | undefined, limit: number | undefined): number | undefined =>
  guarantee === undefined || limit === undefined ? guarantee : Math.min(guarantee, limit)
