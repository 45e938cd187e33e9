/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-call, typescript/no-unsafe-argument, typescript/no-unsafe-return -- plain JavaScript */
// A notebook server as far as a spawner can tell: listens where JUPYTERHUB_SERVICE_URL says, answers below its path, ends on SIGINT and SIGTERM.
// LIGHT_SERVER (JSON) changes it: { ignore: [signals], kernels: count, print: lines, printNumbered: count, exit: code }
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'

const url = new URL(process.env.JUPYTERHUB_SERVICE_URL)
const wishes = JSON.parse(process.env.LIGHT_SERVER ?? '{}')

for (const line of wishes.print ?? []) console.log(line)
for (let index = 0; index < (wishes.printNumbered ?? 0); index += 1) console.log(`line ${index} ${'x'.repeat(60)}`)
if (wishes.exit !== undefined) process.exit(wishes.exit)

// Kernels of real servers lead sessions of their own.
const kernels = Array.from({ length: wishes.kernels ?? 0 }, () => spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).pid)

for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, () => {
    console.log(`got ${name}`)
    if (!(wishes.ignore ?? []).includes(name)) process.exit(0)
  })
}

const server = createServer((request, response) => {
  if (!request.url?.startsWith(url.pathname)) response.statusCode = 404
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({
      pid: process.pid,
      kernels,
      cwd: process.cwd(),
      environment: process.env,
      groups: process.getgroups(),
      uid: process.getuid(),
    }),
  )
})
server.listen(Number(url.port), url.hostname, () => console.log(`listening at ${url.href}`))
