import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { suite, test } from 'node:test'
import { dialects, freshDatabase, needsDialect } from '../../test/support/databases.ts'
import { sampledFiles } from '../../test/support/query-samples.ts'

/** Files of this folder that hold no queries. */
const others = ['columns', 'database', 'draft', 'exclusive-file', 'jupyterhub', 'migrate', 'options', 'schema', 'sqlite', 'table-rows']

test('every query file and every function in it has a sample', () => {
  const files = globSync('*.ts', { cwd: import.meta.dirname }).map((file) => basename(file, '.ts'))
  const queryFiles = files.filter((file) => !others.includes(file) && !file.endsWith('.test'))
  assert.deepEqual(queryFiles.toSorted(), sampledFiles.map(({ file }) => file).toSorted())
  for (const { file, module, samples } of sampledFiles) {
    const sampled = new Set(Object.keys(samples).map((name) => name.split(' ')[0]))
    const functions = Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' && name !== 'toServer' ? [name] : []))
    assert.deepEqual(
      functions.filter((name) => !sampled.has(name)),
      [],
      file,
    )
  }
})

for (const dialect of dialects) {
  suite(`queries on ${dialect}`, needsDialect(dialect), () => {
    test('each one runs outside and inside a transaction', async () => {
      const database = await freshDatabase(dialect)
      for (const { file, samples } of sampledFiles)
        for (const [name, run] of Object.entries(samples)) await assert.doesNotReject(run(database.db), `${file}: ${name}`)
      await database.transaction(async (tx) => {
        const repeatable = sampledFiles.flatMap(({ samples }) =>
          Object.entries(samples)
            .filter(([name]) => !/^(create|start)/.test(name))
            .map(([, run]) => run),
        )
        for (const run of repeatable) await run(tx)
      })
    })
  })
}
