import { HubError } from '../core/errors.ts'
import { nearest } from '../core/nearest.ts'
import { commands } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'
import { parseFlags } from './parse-flags.ts'
import type { Host } from '../boot/host.ts'
import type { Command, ExitCode } from './command.ts'
import type { CommandRow } from './commands.ts'

/** Runs the command that the arguments name. Resolves with the exit code; nothing is thrown for what people can do wrong. */
export async function runProgram(host: Host, args: readonly string[]): Promise<ExitCode> {
  const [first = ''] = args
  if (first === '' || isHelp(first)) return showHelp(host, args.slice(1))
  if (first === '--version' || first === '-V') return print(host, `${host.version}\n`)
  const row = findCommand(args)
  if (row === null) return wrongUsage(host, unknownCommand(args))
  const rest = args.slice(row.name.split(' ').length)
  const loaded = await row.load()
  try {
    return 'command' in loaded ? await runCommand(host, row.name, loaded.command, rest) : await loaded.rawCommand.run(host, rest)
  } catch (error) {
    host.stderr.write(`orrery ${row.name}: ${sentenceOf(error)}\n`)
    return 1
  }
}

/** What went wrong, and what to do about it when that is known. */
function sentenceOf(error: unknown): string {
  if (error instanceof HubError) return `${error.message} ${error.hint}`.trim()
  return error instanceof Error ? error.message : String(error)
}

const isHelp = (word: string): boolean => word === 'help' || word === '--help' || word === '-h'

async function runCommand(host: Host, name: string, command: Command, args: readonly string[]): Promise<ExitCode> {
  if (args.some((arg) => arg === '--help' || arg === '-h')) return print(host, commandHelp(name, command))
  const parsed = parseFlags(command, args)
  if (!parsed.ok) return wrongUsage(host, `${parsed.sentence} See: orrery ${name} --help`)
  return command.run({ flags: parsed.flags, words: parsed.words, host })
}

/** The longest name that the arguments begin with. */
function findCommand(args: readonly string[]): CommandRow | null {
  const two = args.slice(0, 2).join(' ')
  return commands.find(({ name }) => name === two) ?? commands.find(({ name }) => name === args[0]) ?? null
}

async function showHelp(host: Host, args: readonly string[]): Promise<ExitCode> {
  const row = findCommand(args)
  if (row === null) return print(host, programHelp())
  const loaded = await row.load()
  return 'command' in loaded ? print(host, commandHelp(row.name, loaded.command)) : loaded.rawCommand.run(host, ['--help'])
}

function unknownCommand(args: readonly string[]): string {
  const [first = '', second = ''] = args
  const group = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  if (group.length > 0)
    return `'${first}' needs one of: ${group.map((name) => name.slice(first.length + 1)).join(', ')}. See: orrery --help`
  const names = commands.map(({ name }) => name)
  const meant =
    nearest(`${first} ${second}`, names) ??
    nearest(first, names) ??
    nearest(
      first,
      names.map((name) => name.split(' ')[0] ?? ''),
    )
  return `There is no command '${first}'.${meant === null ? '' : ` Did you mean '${meant}'?`} See: orrery --help`
}

function wrongUsage(host: Host, sentence: string): ExitCode {
  host.stderr.write(`${sentence}\n`)
  return 2
}

function print(host: Host, text: string): ExitCode {
  host.stdout.write(text)
  return 0
}
