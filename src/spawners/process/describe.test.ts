import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { lightWorld } from '../../../test/support/process-world.ts'

const missing = process.env['ORRERY_PYTHON_BIN'] === undefined ? 'ORRERY_PYTHON_BIN is not set' : false

suite('describing the process spawner', async () => {
  const world = await lightWorld()
  after(world.close)

  test('names a command that is nowhere', async () => {
    const facts = await world.spawner({ cmd: ['jupyterhub-singleuser-of-nowhere'] }).describe()
    assert.deepEqual([facts['command'], facts['found'], facts['version']], ['jupyterhub-singleuser-of-nowhere', false, null])
  })

  test('tells the versions of the real command, and says whether servers have the rights of root', { skip: missing }, async () => {
    const facts = await world.spawner({ cmd: ['jupyterhub-singleuser'] }).describe()
    assert.equal(facts['found'], true)
    assert.match(JSON.stringify(facts['version']), /^"\d+\.\d+\.\d+/)
    assert.match(JSON.stringify(facts['jupyterlab']), /^"\d+\.\d+\.\d+/)
    assert.equal(facts['asRoot'], process.getuid?.() === 0)
  })

  test('asks a command that it does not know for its version', async () => {
    const facts = await world.spawner({ cmd: [process.execPath] }).describe()
    assert.equal(facts['version'], process.version)
  })
})
