// Writes every generated file. With --check it writes nothing and fails when one of them is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { chdir } from 'node:process'
import { generated } from './generators/registry.ts'

chdir(`${import.meta.dirname}/..`)
const onlyCheck = process.argv.includes('--check')
const stale: string[] = []
const trouble: string[] = []

for (const { path, make } of generated) {
  const present = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const { text, problems } = await make(present)
  for (const problem of problems) trouble.push(problem)
  if (text === present) continue
  stale.push(path)
  if (onlyCheck) continue
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

for (const path of stale) console.log(onlyCheck ? `${path} is stale: run "npm run generate" and commit it` : `wrote ${path}`)
for (const problem of trouble) console.log(problem)
process.exitCode = trouble.length > 0 || (onlyCheck && stale.length > 0) ? 1 : 0
