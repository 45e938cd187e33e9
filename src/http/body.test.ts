import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson, readForm, readJson } from './body.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const post = (body: string | ReadableStream | null, headers: Record<string, string> = {}): Request =>
  new Request('http://hub/', { method: 'POST', body, headers, ...(body instanceof ReadableStream ? { duplex: 'half' } : {}) })

test('an empty body is the same as none', async () => {
  assert.equal(await readJson(post(null), 10), null)
  assert.equal(await readJson(post(' \n'), 10), null)
})

test('what is no JSON is bad_json', () => {
  for (const text of ['{', 'NaN', '{"a":1e400}', "{'a':1}", '\u{feff}\u{feff}{}', 'undefined', '[1,]']) {
    assert.throws(() => parseJson(bytes(text)), { code: 'bad_json' }, text)
  }
  assert.throws(() => parseJson(Uint8Array.of(0xff, 0xfe)), { code: 'bad_json' })
})

test('JSON that would hurt later is refused: too deep, too many values, __proto__', () => {
  assert.throws(() => parseJson(bytes('['.repeat(100_000) + ']'.repeat(100_000))), { code: 'bad_request' })
  assert.throws(() => parseJson(bytes(`[${'0,'.repeat(100_000)}0]`)), { code: 'bad_request' })
  assert.throws(() => parseJson(bytes('{"a":{"__proto__":{"admin":true}}}')), { code: 'bad_request' })
})

test('a body that is too large is refused, whether it says so or not', async () => {
  await assert.rejects(readJson(post('x'.repeat(11)), 10), { code: 'body_too_large' })
  const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(4)) })
  await assert.rejects(readJson(post(stream), 10), { code: 'body_too_large' })
})

test('a compressed body is not read', async () => {
  await assert.rejects(readJson(post('x', { 'content-encoding': 'gzip' }), 10), { code: 'bad_request' })
})

test('only a real form reads as one', async () => {
  const type = 'application/x-www-form-urlencoded; charset=UTF-8'
  assert.equal((await readForm(post('a=1&b=%ED%95%9C', { 'content-type': type }), 100)).get('b'), '한')
  assert.equal((await readForm(post('a=1', { 'content-type': 'text/plain' }), 100)).get('a'), null)
})
