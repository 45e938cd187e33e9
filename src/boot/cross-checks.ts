import { addressChecks } from './checks/addresses.ts'
import { entryChecks } from './checks/entries.ts'
import { readableFiles } from './checks/files.ts'
import { peopleChecks } from './checks/people.ts'
import { providerChecks } from './checks/providers.ts'
import { profileChecks } from './checks/profiles.ts'
import { spawningChecks } from './checks/spawning.ts'
import type { ConfigProblem, Origin } from './config-problem.ts'
import type { Config } from './sections.ts'

const checks = [...addressChecks, ...peopleChecks, ...providerChecks, ...spawningChecks, ...profileChecks, ...entryChecks]

/** Problems that only show when options are seen together, and warnings about switches that make the hub less safe. */
export async function crossChecks(
  config: Config,
  origins: ReadonlyMap<string, Origin>,
): Promise<{ readonly problems: readonly ConfigProblem[]; readonly warnings: readonly string[] }> {
  const findings = [...checks.flatMap((check) => check(config, process.getuid?.() ?? null)), ...(await readableFiles(config))]
  const problems = findings.map((finding) => ({ ...finding, origin: originOf(finding.option, origins) }))
  return { problems, warnings: warningsOf(config) }
}

/** The origin of the option, or of the nearest thing around it that has one. */
function originOf(option: string, origins: ReadonlyMap<string, Origin>): Origin {
  const parent = option.replace(/(?:\.[^.[]+|\[\d+\])$/, '')
  return origins.get(option) ?? (parent === option ? { kind: 'default' } : originOf(parent, origins))
}

function warningsOf({ authenticators, access, proxy }: Config): string[] {
  const warnings: string[] = []
  if (authenticators.some((entry) => entry.kind === 'dummy' && entry.insecureDummy))
    warnings.push('insecureDummy is on: anybody who reaches the address can sign in under any name.')
  if (authenticators.some((entry) => entry.kind === 'oidc' && entry.insecureIssuer))
    warnings.push('insecureIssuer is on: whoever is on the way to the provider can sign in as anybody.')
  if (access.allowAll) warnings.push('access.allowAll is on: everybody whom an authenticator knows may sign in and run code.')
  if (proxy.trustedProxies.includes('*')) warnings.push("proxy.trustedProxies is '*': anybody can claim any address by a header.")
  if (!letsSomebodyIn({ authenticators, access }))
    warnings.push(
      'nobody may sign in yet: set access.userlist, access.allowedUsers, access.adminUsers, or allow an organisation, a domain or a group.',
    )
  return warnings
}

/** Is there any rule by which somebody comes in? Accounts with a password and the trial need none. */
function letsSomebodyIn({ authenticators, access }: Pick<Config, 'authenticators' | 'access'>): boolean {
  const lists = [access.allowedUsers, access.adminUsers]
  if (access.allowAll || access.allowExistingUsers || access.userlist !== undefined || lists.some((list) => list.length > 0)) return true
  return authenticators.some((entry) => {
    if (entry.kind === 'native' || entry.kind === 'dummy') return true
    if (entry.kind === 'github') return entry.allowedOrganizations.length > 0
    return [entry.allowedDomains, entry.allowedGroups, entry.adminGroups].some((list) => list.length > 0)
  })
}
