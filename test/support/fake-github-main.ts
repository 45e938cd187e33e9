/**
 * The pretended GitHub as a process of its own:
 *
 *   node test/support/fake-github-main.ts --listen 0.0.0.0:8443 --key key.pem --cert cert.pem \
 *     --public-url https://github.test:8443 --client-id ID --client-secret SECRET --callback-url https://hub.test/hub/oauth_callback
 *
 * Prints one line `listening on URL`. People: alice (1001), bob (1002), mallory (1003); `--person NAME` adds one more.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startFakeGithub } from './fake-github.ts'
import { personOf } from './github/world.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    listen: { ...text, default: '127.0.0.1:0' },
    key: text,
    cert: text,
    'public-url': text,
    'client-id': text,
    'client-secret': text,
    'callback-url': text,
    person: { ...text, multiple: true, default: [] },
  },
})
const { key, cert } = values
const colon = values.listen.lastIndexOf(':')
const given = { clientId: values['client-id'], clientSecret: values['client-secret'], callbackUrl: values['callback-url'] }
const application = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))

const github = await startFakeGithub({
  application,
  listen: { host: values.listen.slice(0, colon), port: Number(values.listen.slice(colon + 1)) },
  ...(key === undefined || cert === undefined ? {} : { tls: { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } }),
  ...(values['public-url'] === undefined ? {} : { publicUrl: values['public-url'] }),
})
for (const [index, login] of values.person.entries()) github.world.people.push(personOf(2001 + index, login))
console.log(`listening on ${github.url}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void github.close())
