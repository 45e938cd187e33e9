import { oidcProblems } from '../../auth/oidc-checks.ts'
import { authenticatorName } from '../../auth/registry.ts'
import { callbackProblem } from '../../core/callback-url.ts'
import { bindAddress, isLoopback } from '../../core/option-schemas.ts'
import type { Config } from '../sections.ts'
import type { Check, Finding } from './check.ts'

/** What has to fit together for signing in elsewhere. */
export const providerChecks: readonly Check[] = [callbackLeadsHere, callbackIsKnown, namesAreUnique, providersAreSecure, openidProviders]

function callbackLeadsHere({ authenticators, hub }: Config): Finding[] {
  return authenticators.flatMap((entry, index) => {
    if (!('callbackUrl' in entry) || entry.callbackUrl === undefined) return []
    const problem = callbackProblem(entry.callbackUrl, { publicUrl: hub.publicUrl ?? null, baseUrl: hub.baseUrl })
    if (problem === null) return []
    const fix = `Write ${problem.expected} here and at the provider, or correct hub.publicUrl and hub.baseUrl.`
    return [{ option: `authenticators[${index}].callbackUrl`, what: `it does not lead to this hub: ${problem.what}`, fix }]
  })
}

function callbackIsKnown({ authenticators, hub, proxy }: Config): Finding[] {
  if (hub.publicUrl !== undefined || isLoopback(bindAddress(proxy.bindUrl).host)) return []
  return authenticators.flatMap((entry, index) => {
    if (!('callbackUrl' in entry) || entry.callbackUrl !== undefined) return []
    const fix = "Set hub.publicUrl to the address that browsers open, such as 'https://hub.example.org'."
    return [{ option: `authenticators[${index}].callbackUrl`, what: 'it cannot be worked out without hub.publicUrl', fix }]
  })
}

function namesAreUnique({ authenticators }: Config): Finding[] {
  const names = authenticators.map(authenticatorName)
  return names.flatMap((name, index) => {
    // Of those without an id there is one of each kind, which is said elsewhere.
    if (names.indexOf(name) === index || !('id' in (authenticators[index] ?? {}))) return []
    return [{ option: `authenticators[${index}].id`, what: `there is another entry '${name}'`, fix: 'Give each entry an id of its own.' }]
  })
}

const addresses = ['githubUrl', 'apiUrl'] as const

function providersAreSecure({ authenticators }: Config): Finding[] {
  return authenticators.flatMap((entry, index) =>
    addresses.flatMap((option) => {
      const value = entry.kind === 'github' ? entry[option] : undefined
      const url = value === undefined ? null : new URL(value)
      if (url === null || url.protocol === 'https:' || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) return []
      return [{ option: `authenticators[${index}].${option}`, what: 'tokens and secrets would travel unprotected', fix: 'Write https.' }]
    }),
  )
}

function openidProviders({ authenticators }: Config): Finding[] {
  return authenticators.flatMap((entry, index) =>
    entry.kind === 'oidc'
      ? oidcProblems(entry).map(({ option, what, fix }) => ({ option: `authenticators[${index}].${option}`, what, fix }))
      : [],
  )
}
