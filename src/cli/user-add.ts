import { HubError } from '../core/errors.ts'
import { hubActor } from '../hub/actor.ts'
import { localAddress } from '../boot/ready-facts.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { readPassword } from './read-password.ts'
import { printJson, printLine } from './print.ts'
import type { Config } from '../boot/sections.ts'
import type { User } from '../db/users.ts'
import type { Accounts } from '../hub/accounts.ts'

/** `orrery user add` */
export const command = defineCommand({
  usage: 'NAME [--admin] [--password-stdin] [--files-of OLD] [--json]',
  doc: 'Makes an account. Without a password it prints a link, good for 7 days, on which the person chooses one.',
  examples: [
    { line: 'orrery user add ada', doc: 'prints a link for ada' },
    { line: 'orrery user add ada --admin', doc: 'makes ada an administrator' },
    { line: 'orrery user add ada --password-stdin < file', doc: 'with the password in the first line of a file' },
    { line: 'orrery user add countess --files-of ada', doc: 'with the files that ada left, who was removed' },
  ],
  flags: {
    ...configFlags,
    ...jsonFlag,
    admin: { kind: 'switch', doc: 'Makes the person an administrator.' },
    'files-of': { kind: 'value', placeholder: 'OLD', doc: 'Gives the account the files that somebody left; see `orrery user files`.' },
    'password-stdin': { kind: 'switch', doc: 'Reads the password from standard input.' },
  },
  words: [1, 1],
  run: ({ flags, words: [name = ''], host }) =>
    administering(host, flags, async ({ accounts }, { config }) => {
      const password = flags['password-stdin'] ? await readPassword(host) : null
      const user = await addUser(accounts, name, password, flags['files-of'])
      if (flags.admin) await accounts.setAdmin(user.id, true, hubActor)
      const link = password === null ? await invitationLink(accounts, config, user.name) : null
      if (flags.json) return printJson(host, { name: user.name, admin: flags.admin, ...(link === null ? {} : { link }) })
      return printLine(host, link === null ? `Made ${user.name}.` : `Made ${user.name}. Link to choose a password: ${link}`)
    }),
})

/** Makes the account, or nothing when the password is refused or the files are not to be had. */
async function addUser(accounts: Accounts, name: string, password: string | null, filesOf: string | undefined): Promise<User> {
  const [user] = await accounts.create([name], false, hubActor)
  if (user === undefined) throw new HubError('user_exists', { user: name })
  try {
    if (password !== null) await accounts.setPassword(user.id, password, hubActor)
    return filesOf === undefined ? user : await accounts.takeFiles(user.id, filesOf, hubActor, null)
  } catch (error) {
    await accounts.remove(user.id, hubActor, null)
    throw error
  }
}

async function invitationLink(accounts: Accounts, config: Config, userName: string): Promise<string> {
  const { token } = await accounts.invite(userName, hubActor)
  return new URL(`${config.hub.baseUrl}hub/invite?token=${token}`, config.hub.publicUrl ?? localAddress(config)).href
}
