import { userNamed } from '../boot/administration.ts'
import { parseSeconds } from '../core/units.ts'
import { hubActor } from '../hub/actor.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson, printLine } from './print.ts'

/** `orrery token create` */
export const command = defineCommand({
  usage: 'USER [--note TEXT] [--expires-in TIME] [--scopes LIST | --roles LIST] [--json]',
  doc: 'Makes an API token of a user and prints it. It is shown this once only.',
  examples: [
    { line: 'orrery token create ada', doc: 'may do what ada may do' },
    { line: 'orrery token create ada --scopes read:users,list:users', doc: 'may do only that' },
    { line: 'orrery token create ada --note backup --expires-in 30d', doc: 'ends after 30 days' },
  ],
  flags: {
    ...configFlags,
    ...jsonFlag,
    note: { kind: 'value', placeholder: 'TEXT', doc: 'What it is for.' },
    'expires-in': { kind: 'value', placeholder: 'TIME', doc: 'How long it is good for: seconds, or 90s, 5m, 2h, 14d.' },
    scopes: { kind: 'value', placeholder: 'LIST', doc: 'What it may do, separated by commas.' },
    roles: { kind: 'value', placeholder: 'LIST', doc: 'Roles whose scopes it has, separated by commas.' },
  },
  words: [1, 1],
  run: ({ flags, words: [name = ''], host }) =>
    administering(host, flags, async (tools) => {
      const user = await userNamed(tools, name)
      const expiresInSeconds = wholeSeconds(flags['expires-in'])
      const wish = { note: flags.note ?? '', expiresInSeconds, scopes: listOf(flags.scopes), roles: listOf(flags.roles) }
      const { token, secret } = await tools.tokens.issue(user, wish, hubActor)
      const { id, scopes, note, expiresAt } = token
      return flags.json ? printJson(host, { id, user: user.name, token: secret, scopes, note, expiresAt }) : printLine(host, secret)
    }),
})

function wholeSeconds(text: string | undefined): number | null {
  if (text === undefined) return null
  const seconds = parseSeconds(text)
  if (seconds === null || seconds <= 0) throw new Error(`--expires-in takes a time such as 3600, 90s, 5m, 2h or 14d, not '${text}'.`)
  return Math.ceil(seconds)
}

const listOf = (text: string | undefined): readonly string[] | null =>
  text === undefined ? null : text.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]))
