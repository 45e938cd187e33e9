import { authenticatorName } from '../../auth/registry.ts'
import { parseListedName } from '../../core/access-rules.ts'
import { parseUserName } from '../../core/names.ts'
import { bindAddress, isLoopback } from '../../core/option-schemas.ts'
import type { Config } from '../sections.ts'
import type { Check, Finding } from './check.ts'

/** Somebody can sign in, and not everybody by mistake. */
export const peopleChecks: readonly Check[] = [
  dummyIsLocal,
  oneOfEachKind,
  signUpOrder,
  firstAdministrator,
  wellFormedNames,
  knownAuthenticators,
  adminsNotBlocked,
]

function dummyIsLocal({ authenticators, proxy }: Config): Finding[] {
  if (isLoopback(bindAddress(proxy.bindUrl).host)) return []
  return authenticators.flatMap((entry, index) =>
    entry.kind === 'dummy' && !entry.insecureDummy
      ? [
          {
            option: `authenticators[${index}].kind`,
            what: `'dummy' lets in anybody, and ${proxy.bindUrl} can be reached from other machines`,
            fix: "Use 'native', or listen on 127.0.0.1, or set insecureDummy: true if you know that only friends can reach it.",
          },
        ]
      : [],
  )
}

function oneOfEachKind({ authenticators }: Config): Finding[] {
  if (authenticators.length === 0)
    return [{ option: 'authenticators', what: 'the list is empty, so nobody could sign in', fix: "Write authenticators: ['native']." }]
  const kinds = authenticators.map((entry) => entry.kind)
  return (['native', 'dummy'] as const).flatMap((kind) => {
    const second = kinds.indexOf(kind, kinds.indexOf(kind) + 1)
    return kinds.includes(kind) && second > 0
      ? [{ option: `authenticators[${second}].kind`, what: `there is already one of the kind '${kind}'`, fix: 'Remove one of the two.' }]
      : []
  })
}

function signUpOrder({ authenticators }: Config): Finding[] {
  return authenticators.flatMap((entry, index) =>
    entry.kind === 'native' && entry.openSignup && !entry.enableSignup
      ? [
          {
            option: `authenticators[${index}].openSignup`,
            what: 'it means nothing while enableSignup is false',
            fix: 'Set enableSignup: true, or remove openSignup.',
          },
        ]
      : [],
  )
}

function firstAdministrator({ hub }: Config): Finding[] {
  if ((hub.adminUser === undefined) === (hub.adminPassword === undefined)) return []
  const [has, lacks] = hub.adminUser === undefined ? ['adminPassword', 'adminUser'] : ['adminUser', 'adminPassword']
  return [
    {
      option: `hub.${has}`,
      what: `it is of no use without hub.${lacks}`,
      fix: `Set hub.${lacks} too, or remove hub.${has}; the set-up link will then do.`,
    },
  ]
}

function wellFormedNames({ access, hub }: Config): Finding[] {
  const lists = {
    'access.allowedUsers': access.allowedUsers,
    'access.adminUsers': access.adminUsers,
    'access.blockedUsers': access.blockedUsers,
  }
  const all = Object.entries(lists).flatMap(([option, names]) => names.map((name, index) => ({ option: `${option}[${index}]`, name })))
  if (hub.adminUser !== undefined) all.push({ option: 'hub.adminUser', name: hub.adminUser })
  return all.flatMap(({ option, name }) => {
    const parsed = option.startsWith('access.blocked') || option.startsWith('hub.') ? parseUserName(name) : parseListedName(name)
    return parsed.ok
      ? []
      : [
          {
            option,
            what: `${JSON.stringify(name.slice(0, 40))} cannot be a user name: ${parsed.reason}`,
            fix: 'Correct or remove the name.',
          },
        ]
  })
}

function knownAuthenticators({ access, authenticators }: Config): Finding[] {
  const ids = authenticators.map(authenticatorName)
  const lists = { allowedUsers: access.allowedUsers, adminUsers: access.adminUsers }
  return Object.entries(lists).flatMap(([list, names]) =>
    names.flatMap((name, index) => {
      const { authenticator } = parseListedName(name)
      if (authenticator === null || ids.includes(authenticator)) return []
      const what = `there is no authenticator '${authenticator}'`
      return [{ option: `access.${list}[${index}]`, what, fix: `Write one of ${ids.join(', ')} before the colon, or the name alone.` }]
    }),
  )
}

function adminsNotBlocked({ access }: Config): Finding[] {
  const blocked = new Set(access.blockedUsers.map(normalised))
  return access.adminUsers
    .filter((name) => blocked.has(normalised(name)))
    .map((name) => ({
      option: 'access.blockedUsers',
      what: `'${name}' is also in access.adminUsers`,
      fix: 'Remove the name from one of the two.',
    }))
}

const normalised = (name: string): string => {
  const parsed = parseUserName(name)
  return parsed.ok ? parsed.name : name
}
