import { HubError } from '../core/errors.ts'
import { findTokenById } from '../db/tokens.ts'
import { findUserById } from '../db/users.ts'
import { hubActor } from '../hub/actor.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand } from './command.ts'
import { printLine } from './print.ts'

/** `orrery token revoke` */
export const command = defineCommand({
  usage: 'ID',
  doc: 'Ends an API token of a user at once. The list of tokens shows the ids.',
  examples: [{ line: 'orrery token revoke 12', doc: 'the token with the id 12' }],
  flags: configFlags,
  words: [1, 1],
  run: ({ flags, words: [text = ''], host }) =>
    administering(host, flags, async ({ database, tokens }) => {
      const id = /^a?\d{1,9}$/.test(text) ? Number(text.replace('a', '')) : 0
      const userId = (await findTokenById(database.db, id))?.userId ?? null
      const owner = userId === null ? null : await findUserById(database.db, userId)
      if (owner === null) throw new HubError('token_not_found')
      await tokens.revoke(owner, id, hubActor)
      return printLine(host, `Revoked token ${id} of ${owner.name}.`)
    }),
})
