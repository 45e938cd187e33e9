import type { textsOf } from '../boot/wire-health.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson } from './print.ts'
import { withConfig } from './with-config.ts'

/** `orrery doctor` */
export const command = defineCommand({
  usage: '[--config FILE] [--data-dir DIR] [--json]',
  doc: 'Tests the installation for real, whether the hub runs or not, and names the line to change. With containers it makes one as for a user, lets it ask the hub, and removes it.',
  examples: [
    { line: 'orrery doctor', doc: 'exit code 0: nothing that people will notice, 1: something' },
    { line: 'orrery doctor --config team.yaml --json', doc: 'for programs' },
  ],
  flags: { ...configFlags, ...jsonFlag },
  words: [0, 0],
  run: ({ flags, host }) =>
    withConfig(host, flags, async (loaded) => {
      const [{ examineInstallation }, { textsOf: tell }] = await Promise.all([
        import('../boot/doctor.ts'),
        import('../boot/wire-health.ts'),
      ])
      const findings = (await examineInstallation(host, loaded)).map((finding) => tell(finding))
      const isWell = findings.every(({ level }) => level !== 'bad')
      if (flags.json) printJson(host, { ok: isWell, findings })
      else host.stdout.write(`${asText(findings)}\n`)
      return isWell ? 0 : 1
    }),
})

type Told = ReturnType<typeof textsOf>

const marks = { bad: 'BAD ', warn: 'WARN', good: 'ok  ' } as const

/** The worst first. */
function asText(findings: readonly Told[]): string {
  const order = ['bad', 'warn', 'good'] as const
  const sorted = order.flatMap((level) => findings.filter((finding) => finding.level === level))
  const lines = sorted.flatMap(({ level, what, why, change }) => [
    `${marks[level]}  ${what}`,
    ...(why === '' ? [] : [`      ${why}`]),
    ...(change === '' ? [] : [`      Change: ${change}`]),
  ])
  const open = findings.filter(({ level }) => level !== 'good').length
  return [...lines, open === 0 ? 'Everything is as it should be.' : `${open} of ${findings.length} findings ask for a look.`].join('\n')
}
