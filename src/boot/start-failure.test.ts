import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { startFailure } from './start-failure.ts'

const places = [
  { host: '127.0.0.1', port: 8081, option: 'hub.bindUrl' },
  { host: '10.0.0.1', port: 80, option: 'proxy.bindUrl' },
]
const listenError = (code: string, port: number): Error => Object.assign(new Error('listen'), { code, syscall: 'listen', port })

test('failures to listen name the address, the port and the option', () => {
  assert.equal(
    startFailure(listenError('EADDRINUSE', 8081), places),
    'Port 8081 on 127.0.0.1 is used by another program. Stop that program, or choose another port with hub.bindUrl.',
  )
  assert.match(startFailure(listenError('EACCES', 80), places), /not listen on port 80\. Choose a port above 1023 with proxy\.bindUrl/)
  assert.match(startFailure(listenError('EADDRNOTAVAIL', 80), places), /no address 10\.0\.0\.1\. Correct proxy\.bindUrl/)
  assert.match(startFailure(listenError('EOTHER', 80), places), /Cannot listen on 10\.0\.0\.1, port 80 \(EOTHER\)/)
})

test('the real error of a taken port is understood', async () => {
  const [first, second] = [createServer(), createServer()]
  await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve))
  const address = first.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const error = await new Promise<unknown>((resolve) => second.once('error', resolve).listen(port, '127.0.0.1'))
  first.close()
  assert.match(startFailure(error, [{ host: '127.0.0.1', port, option: 'x.y' }]), new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is used`))
})

test('other failures are one sentence with their cause', () => {
  const error = new Error('The database could not be brought up to date.', { cause: new Error('disk is full') })
  assert.equal(startFailure(error, places), 'The database could not be brought up to date. disk is full.')
  assert.equal(startFailure('odd', places), 'odd')
})
