import { userNamed } from '../boot/administration.ts'
import { hubActor } from '../hub/actor.ts'
import { systemIds } from '../lib/ids.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand } from './command.ts'
import { printLine } from './print.ts'
import { readPassword } from './read-password.ts'

/** Letters and digits of a password that is made up: about 119 bits. */
const madeUpLength = 20

/** `orrery user password` */
export const command = defineCommand({
  usage: 'NAME [--password-stdin]',
  doc: 'Sets the password of an account and ends its sessions. Without --password-stdin a new one is made up and printed.',
  examples: [
    { line: 'orrery user password ada', doc: 'prints a new password' },
    { line: 'orrery user password ada --password-stdin < file', doc: 'takes the first line of a file' },
  ],
  flags: { ...configFlags, 'password-stdin': { kind: 'switch', doc: 'Reads the password from standard input.' } },
  words: [1, 1],
  run: ({ flags, words: [name = ''], host }) =>
    administering(host, flags, async (tools) => {
      const user = await userNamed(tools, name)
      const given = flags['password-stdin'] ? await readPassword(host) : null
      const password = given ?? systemIds.alphanumeric(madeUpLength)
      await tools.accounts.setPassword(user.id, password, hubActor)
      return printLine(host, given === null ? `New password of ${user.name}: ${password}` : `Set the password of ${user.name}.`)
    }),
})
