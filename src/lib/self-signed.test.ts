import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createSelfSigned } from './self-signed.ts'

const now = new Date('2026-03-01T12:00:00Z')

test('a self-signed certificate is for its names, for its days and for its key', () => {
  const { key, cert } = createSelfSigned(['hub.example.org', '*.hub.example.org', '127.0.0.1'], now, 7)
  const parsed = new X509Certificate(cert)
  assert.ok(parsed.verify(parsed.publicKey) && parsed.checkPrivateKey(createPrivateKey(key)))
  assert.ok(parsed.checkHost('hub.example.org') && parsed.checkHost('ada.hub.example.org') && parsed.checkIP('127.0.0.1'))
  assert.equal(parsed.checkHost('example.org'), undefined)
  assert.equal(new Date(parsed.validTo).toISOString(), '2026-03-08T12:00:00.000Z')
  assert.equal(new Date(parsed.validFrom).toISOString(), '2026-03-01T11:00:00.000Z')
})

test('many long names fit into one certificate', () => {
  const names = Array.from({ length: 60 }, (_, index) => `${'n'.repeat(40)}${index}.example.org`)
  const parsed = new X509Certificate(createSelfSigned(names, now).cert)
  assert.ok(names.every((name) => parsed.checkHost(name)))
})
