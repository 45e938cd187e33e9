import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { readArchive, writeArchive } from './archive-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'orrery-archive-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const never = new AbortController().signal

const home = join(folder, 'home')
mkdirSync(join(home, 'deep', 'x'.repeat(90), 'y'.repeat(90)), { recursive: true })
writeFileSync(join(home, 'deep', 'x'.repeat(90), 'y'.repeat(90), 'z'.repeat(90)), 'long')
writeFileSync(join(home, 'big'), Buffer.alloc(3_000_001, 7))
writeFileSync(join(home, '이름'), '')
symlinkSync('/etc/passwd', join(home, 'link'))
const tar = execFileSync('tar', ['-cf', '-', '-C', folder, 'home'], { maxBuffer: 10_000_000 })
/** In pieces that end anywhere. */
const pieces = (data: Buffer): Readable =>
  Readable.from(Array.from({ length: Math.ceil(data.length / 10_007) }, (_, index) => data.subarray(index * 10_007, (index + 1) * 10_007)))

test('an archive is whole, readable by its owner alone, and what tar made of it comes out again', async () => {
  const path = join(folder, 'archive', 'ada.tar.gz')
  const { bytes } = await writeArchive(pieces(tar), path, never)
  assert.ok(bytes >= 3_000_005)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder, 'archive')).mode & 0o777, 0o700)
  assert.deepEqual(readdirSync(join(folder, 'archive')), ['ada.tar.gz'])
  const listed = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' })
  assert.match(listed, /home\/deep\/x{90}\/y{90}\/z{90}/)
})

const damaged = [
  { what: 'cut off in the middle', data: tar.subarray(0, 2_000_000), says: /cut off/ },
  { what: 'cut off before its end', data: tar.subarray(0, tar.findLastIndex((byte) => byte !== 0) - 600), says: /cut off|damaged/ },
  { what: 'empty', data: Buffer.alloc(1024), says: /empty/ },
  { what: 'nothing', data: Buffer.alloc(0), says: /cut off/ },
  { what: 'no archive', data: Buffer.alloc(4096, 65), says: /damaged/ },
]
for (const { what, data, says } of damaged) {
  test(`a stream that is ${what} leaves no file`, async () => {
    const path = join(folder, 'bad', 'ada.tar.gz')
    await assert.rejects(writeArchive(pieces(data), path, never), says)
    assert.deepEqual(readdirSync(join(folder, 'bad')), [])
  })
}

test('a stream that breaks leaves no file, and one that is given up does not either', async () => {
  const path = join(folder, 'broken', 'ada.tar.gz')
  const breaking = Readable.from(
    (function* () {
      yield tar.subarray(0, 5000)
      throw new Error('the engine is gone')
    })(),
  )
  await assert.rejects(writeArchive(breaking, path, never), /the engine is gone/)
  await assert.rejects(writeArchive(pieces(tar), path, AbortSignal.abort(new Error('given up'))))
  assert.deepEqual(readdirSync(join(folder, 'broken')), [])
})

test('a file that was damaged later is seen to be', async () => {
  const path = join(folder, 'later.tar.gz')
  await writeArchive(pieces(tar), path, never)
  const data = gunzipSync(gzipSync(tar))
  data[0] = 0x7f
  writeFileSync(path, gzipSync(data))
  await assert.rejects(readArchive(path), /damaged/)
  writeFileSync(path, gzipSync(tar).subarray(0, 2000))
  await assert.rejects(readArchive(path))
})
