import { userNamed } from '../boot/administration.ts'
import { hubActor } from '../hub/actor.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand } from './command.ts'
import { printLine } from './print.ts'

/** `orrery user remove` */
export const command = defineCommand({
  usage: 'NAME',
  doc: 'Removes an account with its tokens and sessions. Its servers must be stopped; its home folder stays.',
  examples: [{ line: 'orrery user remove ada', doc: 'the files of ada stay where they are' }],
  flags: configFlags,
  words: [1, 1],
  run: ({ flags, words: [name = ''], host }) =>
    administering(host, flags, async (tools) => {
      const user = await userNamed(tools, name)
      await tools.accounts.remove(user.id, hubActor)
      return printLine(host, `Removed ${user.name}.`)
    }),
})
