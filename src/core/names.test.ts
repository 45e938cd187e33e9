import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { escapePath, oauthClientId, objectSlug, parseServerName, parseUserName, serverPath, shownName, userSlug } from './names.ts'
import { sha256Text } from './sha256.ts'

const nameOf = (raw: string): string | null => {
  const parsed = parseUserName(raw)
  return parsed.ok ? parsed.name : null
}

/** Pieces that make names meet: separators, twins, hashes, marks. */
const piece = fc.constantFrom(
  'a',
  'b',
  'A',
  'x',
  '-',
  '--',
  '---',
  '_',
  '.',
  '~',
  '@',
  '%',
  '2d',
  '%2D',
  ' ',
  'é',
  'e\u0301',
  'E\u0301',
  '🙂',
  'ß',
  '0',
  '\ud83d',
)
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constant('a'.repeat(300)),
)
const pair = fc.tuple(hostile, hostile)

describe('user names', () => {
  const accepted: readonly (readonly [raw: string, name: string])[] = [
    ['alice', 'alice'],
    ['ALICE', 'alice'],
    ['Jose\u0301', 'jos\u00e9'],
    ['jos\u00e9', 'jos\u00e9'],
    ['üser one@x~y+z_w', 'üser one@x~y+z_w'],
    ['user@example.com', 'user@example.com'],
    ['123', '123'],
    ['_jupyter', '_jupyter'],
    ['constructor', 'constructor'],
    ['toString', 'tostring'],
    ['홍길동', '홍길동'],
    ['a'.repeat(255), 'a'.repeat(255)],
  ]
  for (const [raw, name] of accepted)
    it(`accepts ${JSON.stringify(shownName(raw))} as ${JSON.stringify(shownName(name))}`, () => assert.equal(nameOf(raw), name))

  const refused = [
    '',
    ' ',
    '.',
    '..',
    '../root1',
    'a/b',
    'a\\b',
    '/',
    ' alice',
    'alice ',
    'alice\t',
    '\u3000alice',
    'a\u0000b',
    'a\nb',
    'a\u007fb',
    'a\u0085b',
    'al\u200bice',
    'al\u202eice',
    'al\u2066ice',
    'al\u2028ice',
    '\ufeffalice',
    'al\u00adice',
    'al\u3164ice',
    'al\ufe0fice',
    '__proto__',
    '__defineGetter__',
    '🙂',
    'alice🙂',
    '\ud800',
    'mar\u212a',
    '\uff41lice',
    '\ufb01n',
    '-rf',
    '--uid=0',
    '.hidden',
    '$(id)',
    'a;reboot',
    'a,b',
    'a%2fb',
    'a:b',
    'a*b',
    'a  b',
    'alice!user=bob',
    'x=y',
    '<script>',
    "o'neill",
    'a'.repeat(256),
    'é'.repeat(128),
    'a'.repeat(300),
    'a'.repeat(10_000_000),
  ]
  for (const raw of refused) {
    it(`refuses ${JSON.stringify(shownName(raw))} with a reason`, () => {
      const parsed = parseUserName(raw)
      assert.equal(parsed.ok, false)
      assert.ok(!parsed.ok && parsed.reason.length > 5 && parsed.reason.length < 90)
    })
  }

  it('are stable: a normalised name stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (raw) => {
        const name = nameOf(raw)
        assert.equal(name === null ? null : nameOf(name), name)
      }),
      { numRuns: 2000 },
    )
  })

  it('are the same for NFC and NFD twins, and for both cases of a letter', () => {
    assert.equal(nameOf('e\u0301a'), nameOf('\u00e9a'))
    assert.equal(nameOf('\u00c9A'), nameOf('e\u0301a'))
  })
})

describe('server names', () => {
  for (const name of ['', 'a', 'lab', 'my-srv', 'x9', 'a'.repeat(30)])
    it(`accept ${JSON.stringify(name)}`, () => assert.equal(parseServerName(name).ok, true))
  const refused = [
    'A',
    '9lives',
    '-a',
    'a-',
    'a--b',
    'a$/b',
    'server--abc-def',
    'a b',
    'é',
    '..',
    '__proto__',
    'a.b',
    'a_b',
    'a\n',
    '🙂',
    'a'.repeat(31),
  ]
  for (const name of refused) it(`refuse ${JSON.stringify(name)}`, () => assert.equal(parseServerName(name).ok, false))
})

describe('paths', () => {
  it('escape all but letters, digits and _ . - ~ @', () => {
    assert.equal(escapePath("a b@x~y!'()*/é$p\\|#?"), 'a%20b@x~y%21%27%28%29%2A%2F%C3%A9%24p%5C%7C%23%3F')
  })
  it('lead to the default server and to named ones', () => {
    assert.equal(serverPath('/', 'alice', ''), '/user/alice/')
    assert.equal(serverPath('/pre/', 'üser one@x~y+z_w', 'my-srv'), '/pre/user/%C3%BCser%20one@x~y%2Bz_w/my-srv/')
  })
  it('never throw, whatever the name', () => {
    fc.assert(fc.property(hostile, (name) => assert.match(escapePath(name), /^[A-Za-z0-9_.~@%-]*$/)))
  })
})

describe('object slugs', () => {
  it('are readable for ordinary names', () => {
    assert.equal(objectSlug('alice', ''), 'alice')
    assert.equal(objectSlug('alice', 'lab'), 'alice--lab')
    assert.match(objectSlug('Alice B', ''), /^aliceb---[0-9a-f]{32}$/)
  })
  it('keep apart the pairs that separators confuse', () => {
    const users = ['alice', 'alice-bob', 'a', 'a-b', 'a--b', 'a.b', 'a_b', 'A-B', 'a---b', 'é', 'e\u0301', '🙂', '', 'x'.repeat(300)]
    const servers = ['', 'b', 'b-c', 'c', 'bob', '2db', '-b']
    const slugs = users.flatMap((user) => servers.map((server) => objectSlug(user, server)))
    assert.equal(new Set(slugs).size, users.length * servers.length)
  })
  it('are injective over hostile pairs, and fit where objects are named', () => {
    fc.assert(
      fc.property(pair, pair, ([u1, s1], [u2, s2]) => {
        const slug = objectSlug(u1, s1)
        assert.match(slug, /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/)
        assert.equal(slug === objectSlug(u2, s2), u1 === u2 && s1 === s2)
        assert.equal(userSlug(u1) === userSlug(u2), u1 === u2)
      }),
      { numRuns: 3000 },
    )
  })
  it('do not take over a hash that somebody uses as a name', () => {
    const slug = objectSlug('Alice B', '')
    assert.notEqual(objectSlug(slug, ''), slug)
  })
})

describe('OAuth client ids', () => {
  it('look as expected', () => {
    assert.equal(oauthClientId('alice', ''), 'jupyterhub-user-alice')
    assert.equal(oauthClientId('alice', 'lab'), 'jupyterhub-user-alice-lab')
    assert.equal(oauthClientId('üser one@x~y+z_w', 'my-srv'), 'jupyterhub-user-%C3%BCser%20one%40x~y%2Bz_w-my-srv')
    assert.notEqual(oauthClientId('alice-bob', ''), oauthClientId('alice', 'bob'))
  })
  it('are injective and legal names of cookies', () => {
    fc.assert(
      fc.property(pair, pair, ([u1, s1], [u2, s2]) => {
        const [a1, b1, a2, b2] = [u1, s1, u2, s2].map((text) => text.toWellFormed())
        const id = oauthClientId(u1, s1)
        assert.match(id, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/)
        assert.equal(id === oauthClientId(u2, s2), a1 === a2 && b1 === b2)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('sha256Text', () => {
  it('agrees with OpenSSL at every length around the block borders', () => {
    for (let length = 0; length < 200; length += 1) {
      const text = 'é'.repeat(length % 3) + 'x'.repeat(length)
      assert.equal(sha256Text(text), createHash('sha256').update(text).digest('hex'))
    }
  })
})
