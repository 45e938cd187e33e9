import type { Config } from '../sections.ts'
import type { Check, Finding } from './check.ts'

/** Servers of different people do not share what is their own, and limits are in order. */
export const spawningChecks: readonly Check[] = [homesOfTheirOwn, guaranteesBelowLimits, systemUsersNeedRoot, authStateIsKept]

function homesOfTheirOwn({ spawner }: Config): Finding[] {
  if (spawner.kind !== 'process') return []
  const { homeTemplate } = spawner
  if (homeTemplate === undefined || /\{(?:username|slug)\}/.test(homeTemplate)) return []
  const example = `${homeTemplate.replace(/\/$/, '')}/{slug}`
  return [{ option: 'spawner.homeTemplate', what: `all people would share '${homeTemplate}'`, fix: `Put the user into it: '${example}'.` }]
}

function guaranteesBelowLimits({ spawner }: Config): Finding[] {
  const pairs = [
    ['memGuarantee', spawner.memGuarantee, 'memLimit', spawner.memLimit],
    ['cpuGuarantee', spawner.cpuGuarantee, 'cpuLimit', spawner.cpuLimit],
  ] as const
  return pairs.flatMap(([lower, least, upper, most]) =>
    least !== undefined && most !== undefined && least > most
      ? [
          {
            option: `spawner.${lower}`,
            what: `it is more than spawner.${upper}`,
            fix: `Lower spawner.${lower}, or raise spawner.${upper}.`,
          },
        ]
      : [],
  )
}

function systemUsersNeedRoot({ spawner }: Config, uid: number | null): Finding[] {
  if (spawner.kind !== 'process' || !spawner.systemUsers || uid === 0) return []
  return [
    {
      option: 'spawner.systemUsers',
      what: 'only a hub that runs as root can run servers as other accounts',
      fix: 'Start the hub as root, or set spawner.systemUsers to false.',
    },
  ]
}

function authStateIsKept({ spawner, authenticators }: Config): Finding[] {
  if (Object.keys(spawner.authStateEnvironment).length === 0) return []
  if (authenticators.some((entry) => 'enableAuthState' in entry && entry.enableAuthState)) return []
  const fix = 'Set enableAuthState: true for the authenticator whose tokens servers shall get, or remove this.'
  return [{ option: 'spawner.authStateEnvironment', what: 'it is of no use without enableAuthState', fix }]
}
