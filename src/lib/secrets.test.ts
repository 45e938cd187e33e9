import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemIds } from './ids.ts'
import { createVault, parseVaultKeys, safeEqual, sha256Hex, signValue, verifyValue } from './secrets.ts'

const key = (text: string): Buffer => createHash('sha256').update(text).digest()
const [one, two] = [key('one'), key('two')]

test('what is sealed opens again, and never twice as the same envelope', () => {
  const vault = createVault(one)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, purpose) => {
      const envelope = vault.seal(text, purpose)
      assert.equal(vault.open(envelope, purpose), text.toWellFormed())
      assert.notEqual(vault.seal(text, purpose), envelope)
      assert.match(envelope, /^v1\.[0-9a-f]{12}\.[\w-]+$/)
    }),
    { numRuns: 50 },
  )
})

test('an envelope opens for its purpose only', () => {
  const vault = createVault(one)
  const envelope = vault.seal('secret', 'server-token')
  assert.equal(vault.open(envelope, 'auth-state'), null)
  assert.equal(createVault(two).open(envelope, 'server-token'), null)
})

test('an old key still opens what it sealed, and seals no more', () => {
  const old = createVault(one).seal('secret', 'p')
  const both = createVault([two, one])
  assert.equal(both.open(old, 'p'), 'secret')
  assert.equal(createVault(one).open(both.seal('secret', 'p'), 'p'), null)
})

test('an envelope with any character changed opens nothing', () => {
  const vault = createVault(one)
  const envelope = vault.seal('secret', 'p')
  for (let at = 0; at < envelope.length; at += 1) {
    const other = envelope[at] === 'A' ? 'B' : 'A'
    const changed = `${envelope.slice(0, at)}${other}${envelope.slice(at + 1)}`
    // The last character of base64 carries unused bits.
    if (Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(Buffer.from(envelope.split('.')[2] ?? '', 'base64url')) && at > 15)
      continue
    assert.equal(vault.open(changed, 'p'), null, `${at}`)
  }
  for (const junk of ['', '.', 'v1', 'v1..', `${envelope}.x`, envelope.slice(0, -4)]) assert.equal(vault.open(junk, 'p'), null)
})

test('keys are 32 bytes in hex, base64 or as they are, several by semicolon', () => {
  const hex = one.toString('hex')
  const base64 = one.toString('base64')
  assert.deepEqual(
    parseVaultKeys(` ${hex} ; ${base64};${'k'.repeat(32)} ;`)?.map((bytes) => bytes.length),
    [32, 32, 32],
  )
  assert.deepEqual(
    parseVaultKeys(hex)?.map((bytes) => Buffer.from(bytes).toString('hex')),
    [hex],
  )
  for (const bad of ['', ';', 'short', 'x'.repeat(33), 'zz'.repeat(32)]) assert.equal(parseVaultKeys(bad), null)
  assert.throws(() => createVault([]))
  assert.throws(() => createVault(Buffer.alloc(31)))
})

test('a signed value is read back for its purpose, with its key, in its time', () => {
  const signed = signValue(one, 'state=1; ü', 'login', 1000)
  const limits = { now: 1500, maxAgeMs: 500 }
  assert.match(signed, /^[\w.-]+$/)
  assert.equal(verifyValue(one, signed, 'login', limits), 'state=1; ü')
  assert.equal(verifyValue([two, one], signed, 'login', limits), 'state=1; ü')
  assert.equal(verifyValue(two, signed, 'login', limits), null)
  assert.equal(verifyValue(one, signed, 'xsrf', limits), null)
  assert.equal(verifyValue(one, signed, 'login', { ...limits, now: 1501 }), null)
  assert.equal(verifyValue(one, signed, 'login', { ...limits, now: 1000 - 61_000 }), null)
  const [value = '', at = '', mac = ''] = signed.split('.')
  for (const forged of [`${value}.${at}x.${mac}`, `${value}a.${at}.${mac}`, `${value}.${at}`, '', `${signed}.`, `${value}.NaN.${mac}`])
    assert.equal(verifyValue(one, forged, 'login', limits), null, forged)
})

test('texts of different length are compared without a word', () => {
  assert.ok(safeEqual('a', 'a'))
  assert.ok(!safeEqual('a', 'ab'))
  assert.ok(!safeEqual('', 'a'))
  assert.equal(sha256Hex(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

test('identifiers have the length asked for and do not repeat', () => {
  assert.match(systemIds.hex(16), /^[0-9a-f]{32}$/)
  assert.match(systemIds.alphanumeric(30), /^[A-Za-z0-9]{30}$/)
  assert.equal(new Set(Array.from({ length: 1000 }, () => systemIds.attempt())).size, 1000)
})
