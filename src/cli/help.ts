import { commands } from './commands.ts'
import type { Command, Flag } from './command.ts'

/** Help of the whole program. */
export function programHelp(): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'Orrery gives everyone their own Jupyter server behind one address.',
    '',
    'Usage: orrery COMMAND [FLAGS]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Examples:',
    '  orrery start                         starts everything on http://127.0.0.1:8000',
    '  orrery init                          writes orrery.config.ts with every option',
    '  orrery user add ada --admin          makes an account, also while the hub runs',
    '  orrery COMMAND --help                says more about a command',
    '',
  ].join('\n')
}

/** Help of one command. */
export function commandHelp(name: string, command: Command): string {
  const flags: [string, Flag][] = [...Object.entries(command.flags), ['help', { kind: 'switch', doc: 'Shows this.', short: 'h' }]]
  const heads = flags.map(([flag, value]) => flagHead(flag, value))
  const width = Math.max(...heads.map((head) => head.length), ...command.examples.map(({ line }) => line.length))
  return [
    `Usage: orrery ${[name, command.usage].filter((part) => part !== '').join(' ')}`,
    '',
    command.doc,
    '',
    'Flags:',
    ...flags.map(([, { doc }], index) => `  ${(heads[index] ?? '').padEnd(width)}  ${doc}`),
    '',
    'Examples:',
    ...command.examples.map(({ line, doc }) => `  ${line.padEnd(width)}  ${doc}`),
    '',
  ].join('\n')
}

function flagHead(name: string, flag: Flag): string {
  const long = `--${name}${flag.kind === 'switch' ? '' : ` ${flag.placeholder}`}`
  return flag.short === undefined ? long : `-${flag.short}, ${long}`
}
