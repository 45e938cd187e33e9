import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeCertificate, judgeClocks, judgeEnding, judgeFront, judgeMemory, judgeModes, judgeSingleUser } from './judge-installation.ts'

const day = 86_400_000
const codes = (findings: readonly { readonly code: string }[]): readonly string[] => findings.map(({ code }) => code)

test('a single-user server is too old below 2, another major version is told, and what is no version is not judged', () => {
  assert.deepEqual(codes(judgeSingleUser('1.5.0', '5.5.1')), ['single_user_old'])
  assert.deepEqual(codes(judgeSingleUser('4.1.6', '5.5.1')), ['single_user_other'])
  assert.deepEqual(codes(judgeSingleUser('5.0.0', '5.5.1')), [])
  assert.deepEqual(codes(judgeSingleUser('Python 3.11.2', '5.5.1')), [])
})

test('a certificate is ready, near its end, over, not yet begun, or for another host', () => {
  const facts = { from: 0, to: 100 * day, host: 'hub.example.org', covers: true }
  assert.deepEqual(judgeCertificate(facts, 10 * day), [{ code: 'tls_ready', detail: { days: 90 } }])
  assert.deepEqual(codes(judgeCertificate(facts, 90 * day)), ['tls_expiring'])
  assert.deepEqual(codes(judgeCertificate(facts, 101 * day)), ['tls_expired'])
  assert.deepEqual(codes(judgeCertificate({ ...facts, from: day }, 0)), ['tls_expired'])
  assert.deepEqual(codes(judgeCertificate({ ...facts, covers: false }, day)), ['tls_ready', 'tls_other_host'])
})

test('a certificate that somebody else renews is told in the last quarter of its life, at most three weeks before the end', () => {
  assert.deepEqual(judgeEnding('https://hub.example.org/', { from: 0, to: 90 * day }, 60 * day), [])
  assert.deepEqual(codes(judgeEnding('https://hub.example.org/', { from: 0, to: 90 * day }, 70 * day)), ['public_certificate_ending'])
  assert.deepEqual(judgeEnding('https://hub.example.org/', { from: 0, to: 6 * day }, 4 * day), [])
  const [last] = judgeEnding('https://hub.example.org/', { from: 0, to: 6 * day }, 5 * day)
  assert.deepEqual(last?.detail, { url: 'https://hub.example.org/', days: 1 })
})

test('a proxy in front has to say the host that people opened, and https where they use it', () => {
  const judge = (publicUrl: string, host: string, proto: string) => codes(judgeFront(publicUrl, { host, proto }))
  assert.deepEqual(judge('https://hub.example.org/', 'hub.example.org', 'https'), ['front_passes'])
  assert.deepEqual(judge('https://hub.example.org:8443/', 'hub.example.org', 'https'), ['front_changes_host'])
  assert.deepEqual(judge('https://hub.example.org/', 'hub.example.org', 'ws'), ['front_not_believed'])
  assert.deepEqual(judge('http://hub.example.org/', 'hub.example.org', 'ws'), ['front_passes'])
})

test('what others can read is told by its role; the group may read a key', () => {
  const files = [
    { path: '/d', mode: 0o40755, role: 'folder' },
    { path: '/d/secret', mode: 0o100640, role: 'secret' },
    { path: '/d/db', mode: 0o100600, role: 'database' },
    { path: '/key', mode: 0o100640, role: 'key' },
    { path: '/open-key', mode: 0o100644, role: 'key' },
  ] as const
  assert.deepEqual(judgeModes(files), [
    { code: 'data_dir_open', detail: { path: '/d' } },
    { code: 'secret_file_open', detail: { path: '/d/secret' } },
    { code: 'tls_key_open', detail: { path: '/open-key' } },
  ])
})

test('clocks half a minute apart are told, and a time that cannot be read is not', () => {
  assert.deepEqual(judgeClocks('x', 1_000_000, 1_061_000), [{ code: 'clock_skew', detail: { other: 'x', seconds: 61 } }])
  assert.deepEqual(judgeClocks('x', 1_000_000, 1_020_000), [])
  assert.deepEqual(judgeClocks('x', Number.NaN, 0), [])
})

test('a limit of memory below what a kernel needs is told, no limit is fine', () => {
  assert.deepEqual(judgeMemory(64 * 2 ** 20), [{ code: 'memory_limit_low', detail: { limit: 64, least: 256 } }])
  assert.deepEqual([judgeMemory(2 ** 30), judgeMemory(undefined)], [[], []])
})
