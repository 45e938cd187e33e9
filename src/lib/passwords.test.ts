import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPasswords } from './passwords.ts'

const passwords = createPasswords()

test('a password fits its own hash only, and two hashes of it differ', async () => {
  const [first, second] = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')])
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.notEqual(first, second)
  assert.ok(await passwords.verify('correct horse', first))
  assert.ok(!(await passwords.verify('correct horsf', first)))
  assert.ok(!(await passwords.verify('', first)))
  assert.ok(!passwords.isOutdated(first))
})

test('a hash made elsewhere by the same standard is understood', async () => {
  // argon2id, v=19, m=65536, t=2, p=1, salt "somesalt", password "password": a test vector of the reference implementation.
  const known = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'
  assert.ok(await passwords.verify('password', known))
  assert.ok(!passwords.isOutdated(known))
})

test('weaker parameters are outdated, and what is no hash fits nothing', async () => {
  assert.ok(passwords.isOutdated('$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'))
  for (const stored of ['', 'plain', '$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc']) {
    assert.ok(!(await passwords.verify('plain', stored)))
    assert.ok(passwords.isOutdated(stored))
  }
})

test('the same password typed on two keyboards is the same', async () => {
  const stored = await passwords.hash('Zoe\u0308 ﬁn')
  assert.ok(await passwords.verify('Zo\u00eb fin', stored))
})

test('nobody takes as long as somebody', async () => {
  const stored = await passwords.hash('correct horse')
  const measure = async (against: string | null): Promise<number> => {
    const from = performance.now()
    await passwords.verify('wrong horse', against)
    return performance.now() - from
  }
  // In turn, and the quickest of each: other work on the machine can only make a single one slower.
  const [known, unknown]: [number[], number[]] = [[], []]
  for (let round = 0; round < 8; round += 1) {
    known.push(await measure(stored))
    unknown.push(await measure(null))
  }
  assert.ok(Math.min(...unknown) > Math.min(...known) / 2, `${unknown.join(', ')} ms against ${known.join(', ')} ms`)
})
