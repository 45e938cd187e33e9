import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadSecrets, prepareDataDir, readOrCreateSecret } from './data-dir.ts'

const fresh = (): string => mkdtempSync(join(tmpdir(), 'orrery-data-'))
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)
const digits = 'a'.repeat(64)

test('a missing data directory is made for its owner alone', async () => {
  const path = join(fresh(), 'deep', 'data')
  await prepareDataDir(path)
  assert.equal(modeOf(path), '700')
  await prepareDataDir(path)
})

test('a directory that everybody may write to is refused with the command that mends it', async () => {
  const path = join(fresh(), 'open')
  mkdirSync(path)
  chmodSync(path, 0o777)
  await assert.rejects(prepareDataDir(path), new RegExp(`chmod o-w ${path}`))
})

test('a file where the directory should be is refused', async () => {
  const path = join(fresh(), 'file')
  writeFileSync(path, '')
  await assert.rejects(prepareDataDir(path), /cannot be made/)
})

test('secrets are made once, private, and the same for all who start at the same time', async () => {
  const folder = fresh()
  const all = await Promise.all(Array.from({ length: 8 }, () => loadSecrets(folder)))
  const [first] = all
  assert.ok(first)
  for (const other of all) assert.deepEqual(other, first)
  assert.deepEqual(readdirSync(folder).toSorted(), ['cookie-secret', 'proxy-token', 'vault-key'])
  for (const name of readdirSync(folder)) assert.equal(modeOf(join(folder, name)), '600')
  assert.deepEqual([first.cookieSecret.length, first.vaultKey.length, first.proxyToken.length], [32, 32, 64])
  assert.ok(!first.cookieSecret.equals(first.vaultKey))
})

test('a secret that others may read is refused with the command that mends it', async () => {
  for (const mode of [0o640, 0o604, 0o660]) {
    const path = join(fresh(), 'secret')
    writeFileSync(path, digits)
    chmodSync(path, mode)
    await assert.rejects(readOrCreateSecret(path), new RegExp(`chmod 600 ${path}`))
  }
})

test('a link, a damaged file and a folder are refused, and left as they are', async () => {
  const folder = fresh()
  writeFileSync(join(folder, 'real'), digits, { mode: 0o600 })
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  await assert.rejects(readOrCreateSecret(join(folder, 'link')), /symbolic link/)
  writeFileSync(join(folder, 'short'), 'abc', { mode: 0o600 })
  await assert.rejects(readOrCreateSecret(join(folder, 'short')), /64 hex digits/)
  mkdirSync(join(folder, 'folder'), { mode: 0o700 })
  await assert.rejects(readOrCreateSecret(join(folder, 'folder')))
  rmSync(folder, { recursive: true })
})

test(
  'a secret of another account is refused',
  { skip: process.getuid?.() === 0 ? false : 'only root can make a file of another account' },
  async () => {
    const path = join(fresh(), 'secret')
    writeFileSync(path, digits, { mode: 0o600 })
    chownSync(path, 12_345, 12_345)
    await assert.rejects(readOrCreateSecret(path), /another account/)
  },
)
