import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HubError } from './errors.ts'
import { largerProfile } from './larger-profile.ts'
import { brokenLimit, endedIt, outOfMemory, seenBefore } from './out-of-memory.ts'
import type { MemoryEnd } from './out-of-memory.ts'
import { profilesSchema } from './profile-schema.ts'
import { formatSize } from './units.ts'

const GB = 2 ** 30
const at = '2026-03-02T14:02:31.000Z'
const saying = (end: Omit<MemoryEnd, 'at'>): string => {
  const { code, detail } = outOfMemory({ ...end, at })
  return new HubError(code, detail).message
}

test('the end for want of memory is told with what is known, and with nothing that is not', () => {
  assert.equal(
    saying({ limitBytes: 4 * GB, askedBytes: 6.1 * GB }),
    'The notebook server asked for 6.1 GB of memory; its limit is 4 GB (14:02 UTC).',
  )
  assert.equal(
    saying({ limitBytes: 200 * 2 ** 20, usedBytes: 1.25 * GB }),
    'The notebook server used 1.3 GB of memory; its limit is 200 MB (14:02 UTC).',
  )
  assert.equal(saying({ limitBytes: 4 * GB }), 'The notebook server asked for more memory than its limit of 4 GB (14:02 UTC).')
  assert.equal(
    saying({ limitBytes: 4 * GB, seenBytes: 3.8 * GB }),
    'The notebook server asked for more memory than its limit of 4 GB (14:02 UTC); when it was last looked at, it used 3.8 GB.',
  )
  assert.equal(saying({ limitBytes: null, usedBytes: GB }), 'The machine had no memory left for the notebook server (14:02 UTC).')
  assert.equal(new HubError('server_out_of_memory').message, 'The notebook server ran out of memory.')
  assert.equal(new HubError('server_out_of_memory', { how: 'toString' }).message, 'The notebook server ran out of memory.')
})

test('a program that was killed long before did not end the server, and what was measured long before is not told', () => {
  const seconds = (count: number): string => new Date(Date.parse(at) - count * 1000).toISOString()
  assert.deepEqual([endedIt(null, at), endedIt(seconds(2), at), endedIt(seconds(3600), at)], [true, true, false])
  const last = (count: number) => ({ at: Date.parse(seconds(count)), memoryBytes: 7 })
  assert.deepEqual([seenBefore(null, at), seenBefore(last(30), at), seenBefore(last(600), at)], [null, 7, null])
})

test('a limit was broken only where there was one', () => {
  assert.equal(brokenLimit(outOfMemory({ limitBytes: GB, at })), GB)
  assert.equal(brokenLimit(outOfMemory({ limitBytes: null, at })), null)
  assert.equal(brokenLimit({ code: 'server_died', detail: { limitBytes: GB } }), null)
})

test('sizes are told in the steps in which they are configured', () => {
  const told = [0, 1023, 1024, 1.5 * 2 ** 20, 512 * 2 ** 20, 6.14 * GB, 128 * GB, 2 * 1024 * GB].map(formatSize)
  assert.deepEqual(told, ['0 B', '1023 B', '1 KB', '1.5 MB', '512 MB', '6.1 GB', '128 GB', '2 TB'])
})

const profiles = profilesSchema.parse([
  { name: 'small', memLimit: '1G' },
  { name: 'same', memLimit: '1G' },
  { name: 'sized', fields: { memory: { kind: 'number', label: 'Memory', min: 1, max: 8, default: 2, sets: 'memLimit' } } },
  { name: 'large', memLimit: '16G' },
  { name: 'plain' },
])

test('the next profile is the first behind the current one that gives more memory, else the first of the list', () => {
  const next = (current: string | null, gigabytes: number, memLimit: number | null = null): string | undefined =>
    largerProfile(profiles, { current, limitBytes: gigabytes * GB, memLimit })?.name
  assert.equal(next('small', 1), 'sized')
  assert.equal(next('sized', 2), 'large')
  assert.equal(next('sized', 8), 'large')
  assert.equal(next('large', 16), 'plain')
  assert.equal(next('large', 16, 2 * GB), undefined)
  assert.equal(next('plain', 2, 2 * GB), 'large')
  assert.equal(next('gone', 1), 'sized')
  assert.equal(largerProfile([], { current: null, limitBytes: 0, memLimit: null }), null)
})
