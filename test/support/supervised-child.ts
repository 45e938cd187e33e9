// Plays hub or proxy for tests of the supervisor: `hub|proxy …`, told by the variable PLAY what to do.
// Every start and end is noted as a line in the file PLAY.notes; then it behaves as its role says.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { z } from 'zod'
import type { ChildMessage } from '../../src/boot/host.ts'

const roleSchema = z.object({
  serves: z.boolean().default(false),
  dies: z.boolean().default(false),
  fails: z.string().optional(),
  exitCode: z.literal([1, 2]).default(1),
  ignoresStop: z.boolean().default(false),
})
const playSchema = z.object({ notes: z.string(), port: z.number(), hub: roleSchema, proxy: roleSchema })

const name = process.argv[2] === 'hub' ? 'hub' : 'proxy'
const play = playSchema.parse(JSON.parse(process.env['PLAY'] ?? ''))
const role = play[name]
const note = (line: string): void => appendFileSync(play.notes, `${name} ${process.pid} ${line}\n`)
const tell = (message: ChildMessage): void => void process.send?.(message)
const ready = (): void => tell({ kind: 'ready', facts })
const facts = {
  line: 'Ready: go there',
  signInPage: `http://127.0.0.1:${play.port}/`,
  setUpPath: null,
  jsonOnly: false,
  stopDeadlineMs: 2_000,
}

note('starts')
process.on('SIGTERM', () => tell({ kind: 'asked' }))
process.on('SIGINT', () => {})
process.on('disconnect', () => {
  note('orphaned')
  process.exit(0)
})
process.on('message', (message) => {
  const stopServers = typeof message === 'object' && message !== null && 'stopServers' in message && message.stopServers === true
  note(`stops ${stopServers}`)
  if (!role.ignoresStop) process.exit(0)
})

if (role.fails !== undefined) {
  tell({ kind: 'failed', sentence: role.fails, exitCode: role.exitCode })
  process.exitCode = 1
  process.disconnect?.()
} else if (role.dies) {
  process.stderr.write(`${name} cannot breathe\n`)
  process.exit(3)
} else {
  process.stdout.write(`{"event":"${name}.here"}\n`)
  process.stderr.write(`${name} murmurs\n`)
  if (role.serves) createServer((_, response) => response.end('sign in')).listen(play.port, '127.0.0.1', ready)
  else ready()
}
