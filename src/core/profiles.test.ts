import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from './json.ts'
import { anchoredPattern, inputPattern } from './profile-pattern.ts'
import { profilesSchema } from './profile-schema.ts'
import type { Profile } from './profile-schema.ts'
import type { Asker } from './profiles.ts'
import { checkChoice, formOptions, keptOverrides, optionsOf, overridesOf, usableProfiles } from './profiles.ts'

const fields = {
  size: {
    kind: 'choice',
    label: 'Size',
    choices: { small: { memLimit: '1G' }, large: { label: 'Large', memLimit: '4G', cpuLimit: 2, environment: { BIG: 'yes' } } },
    default: 'small',
  },
  threads: { kind: 'number', label: 'Threads', min: 1, max: 8, default: 2, variable: 'OMP_NUM_THREADS' },
  branch: { kind: 'text', label: 'Branch', pattern: '^[a-z]+|v\\d+$', default: 'main', variable: 'BRANCH' },
}
const profiles: readonly Profile[] = profilesSchema.parse([
  { name: 'plain' },
  { name: 'full', displayName: 'Full', image: 'full:1', environment: { A: '1', B: '2' }, volumes: { data: '/data' }, fields },
  { name: 'ours', groups: ['physics'], users: ['carol'], roles: ['teacher'], cpuLimit: 1 },
])
const alice: Asker = { user: 'alice', groups: [], roles: ['user'] }

const check = (options: JsonObject, asker = alice, kept = false) => checkChoice(profiles, asker, options, kept)
const codeOf = (options: JsonObject, asker = alice): string => {
  const checked = check(options, asker)
  return checked.ok ? 'fine' : checked.error.code
}
const reasonsOf = (options: JsonObject): string[] => {
  const checked = check(options)
  return checked.ok ? [] : checked.problems.map(({ field, reason }) => `${field}: ${reason}`)
}
const kept = (options: JsonObject): JsonObject | null => {
  const checked = check(options)
  return checked.ok ? optionsOf(checked.choice) : null
}

describe('who may use a profile', () => {
  const namesFor = (asker: Asker): string =>
    usableProfiles(profiles, asker)
      .map(({ name }) => name)
      .join(' ')

  test('everybody when it names nobody; else its users, members of its groups, holders of its roles', () => {
    assert.equal(namesFor(alice), 'plain full')
    assert.equal(namesFor({ ...alice, user: 'carol' }), 'plain full ours')
    assert.equal(namesFor({ ...alice, groups: ['physics'] }), 'plain full ours')
    assert.equal(namesFor({ ...alice, roles: ['teacher'] }), 'plain full ours')
  })

  test('one that may not be used, and one that does not exist, are told apart', () => {
    assert.equal(codeOf({ profile: 'ours' }), 'profile_not_allowed')
    assert.equal(codeOf({ profile: 'gone' }), 'profile_unknown')
    assert.equal(codeOf({ profile: 5 }), 'profile_unknown')
    assert.equal(codeOf({ profile: ['plain', 'full'] }), 'profile_unknown')
    assert.equal(codeOf({ profile: '__proto__' }), 'profile_unknown')
    const only = checkChoice(profiles.slice(2), alice, {})
    assert.ok(!only.ok)
    assert.equal(only.error.code, 'profile_none')
  })
})

describe('a choice', () => {
  test('without a profile is the default one; without values their defaults', () => {
    assert.deepEqual(kept({}), { profile: 'plain' })
    assert.deepEqual(kept({ profile: 'full' }), { profile: 'full', size: 'small', threads: 2, branch: 'main' })
    const marked = profilesSchema.parse([{ name: 'a' }, { name: 'b', default: true }])
    const checked = checkChoice(marked, alice, {})
    assert.equal(checked.ok && checked.choice.profile.name, 'b')
  })

  test('is the same from a form, where everything is a text, and from the API', () => {
    const wanted = { profile: 'full', size: 'large', threads: 4, branch: 'v12' }
    assert.deepEqual(kept(wanted), wanted)
    assert.deepEqual(kept({ profile: ['full'], size: ['large'], threads: ['4'], branch: ['v12'] }), wanted)
    assert.deepEqual(kept(wanted), kept(kept(wanted) ?? {}))
  })

  const wrong: readonly (readonly [JsonObject, string])[] = [
    [{ size: 'huge' }, 'size: it is none of the choices'],
    [{ size: 'constructor' }, 'size: it is none of the choices'],
    [{ size: ['small', 'large'] }, 'size: it is none of the choices'],
    [{ threads: 0 }, 'threads: it is outside the range'],
    [{ threads: '9' }, 'threads: it is outside the range'],
    [{ threads: 1.5 }, 'threads: it is not a whole number'],
    [{ threads: '' }, 'threads: it is not a number'],
    [{ threads: '0x2' }, 'threads: it is not a number'],
    [{ threads: true }, 'threads: it is not a number'],
    [{ branch: 'v1; rm -rf' }, 'branch: it does not fit the pattern'],
    [{ branch: 'xv1' }, 'branch: it does not fit the pattern'],
    [{ branch: 'main\n' }, 'branch: it is not plain text'],
    [{ branch: 'a'.repeat(256) }, 'branch: it is too long'],
    [{ branch: { a: 1 } }, 'branch: it is not plain text'],
    [{ image: 'evil:1' }, 'image: the profile has no such field'],
  ]
  for (const [value, reason] of wrong) {
    test(`${JSON.stringify(value).slice(0, 40)} is refused: ${reason}`, () => {
      assert.deepEqual(reasonsOf({ profile: 'full', ...value }), [reason])
      assert.equal(codeOf({ profile: 'full', ...value }), 'profile_field_invalid')
    })
  }

  test('names every field that is wrong, with what it takes', () => {
    const checked = check({ profile: 'full', size: 'x', threads: 99 })
    assert.deepEqual(checked.ok ? [] : checked.problems.map(({ field, expected }) => [field, expected]), [
      ['size', 'small, large'],
      ['threads', '1 … 8'],
    ])
  })

  test('of an earlier start loses fields that are gone, but not its profile', () => {
    const checked = check({ profile: 'full', gone: 1, threads: 3 }, alice, true)
    assert.ok(checked.ok)
    assert.deepEqual(checked.choice.values, { size: 'small', threads: 3, branch: 'main' })
    assert.equal(codeOf({ profile: 'removed' }), 'profile_unknown')
  })
})

describe('what a choice sets', () => {
  const overrides = (options: JsonObject) => {
    const checked = check(options)
    return checked.ok ? overridesOf(checked.choice) : null
  }

  test('the profile first, then its fields: single values are replaced, environment and volumes added to', () => {
    assert.deepEqual(overrides({ profile: 'plain' }), { name: 'plain', environment: {}, volumes: {} })
    assert.deepEqual(overrides({ profile: 'full', size: 'large', threads: 4 }), {
      name: 'full',
      image: 'full:1',
      memLimit: 4 * 2 ** 30,
      cpuLimit: 2,
      environment: { A: '1', B: '2', BIG: 'yes', OMP_NUM_THREADS: '4', BRANCH: 'main' },
      volumes: { data: '/data' },
    })
  })

  test('a number may be a limit', () => {
    const field = { kind: 'number', label: 'Memory', min: 0.5, max: 8, whole: false, sets: 'memLimit', default: 1 }
    const own = profilesSchema.parse([{ name: 'a', fields: { memory: field, cores: { ...field, sets: 'cpuLimit' } } }])
    const checked = checkChoice(own, alice, { memory: '1.5', cores: 2 })
    assert.ok(checked.ok)
    assert.deepEqual(overridesOf(checked.choice), { name: 'a', memLimit: 1.5 * 2 ** 30, cpuLimit: 2, environment: {}, volumes: {} })
  })

  test('is found again from what is kept with the server; a profile that is gone is an error', () => {
    assert.equal(keptOverrides([], { profile: 'x' }), null)
    assert.equal(keptOverrides(profiles, { profile: 'ours' })?.cpuLimit, 1)
    assert.throws(() => keptOverrides(profiles, { profile: 'gone' }), { code: 'profile_unknown' })
  })
})

test('a form holds the fields of all profiles; those of the chosen one count', () => {
  const form = [
    ['profile', 'full'],
    ['full--threads', '3'],
    ['other--threads', '7'],
    ['__proto__', 'x'],
  ] as const
  assert.deepEqual(formOptions(form, 'full'), { profile: 'full', threads: '3' })
  assert.deepEqual(
    formOptions(
      [
        ['profile', 'full'],
        ['threads', '3'],
      ],
      'full',
    ),
    { profile: 'full', threads: '3' },
  )
})

describe('a pattern', () => {
  test('has to be anchored at both ends, and then fits whole texts only', () => {
    for (const text of ['abc', '^abc', 'abc$', '^abc\\$', '^', '', '^(abc$', '^[z-a]$']) assert.ok(!anchoredPattern(text).ok, text)
    for (const text of ['^abc$', '^$', '^a\\\\$', '^a|b$']) assert.ok(anchoredPattern(text).ok, text)
    const parsed = anchoredPattern('^a|b$')
    assert.ok(parsed.ok && parsed.pattern.test('b') && !parsed.pattern.test('ab') && !parsed.pattern.test('axx'))
  })

  test('goes to browsers only when they can read it', () => {
    assert.equal(inputPattern('^[a-z]+$'), '[a-z]+')
    assert.equal(inputPattern('^[a-z_-]+$'), null)
  })
})

describe('a declaration is refused', () => {
  const field = (changes: object) => [
    { name: 'a', fields: { x: { kind: 'number', label: 'X', min: 1, max: 4, variable: 'X', ...changes } } },
  ]
  const text = (changes: object) => [{ name: 'a', fields: { x: { kind: 'text', label: 'X', pattern: '^a$', variable: 'X', ...changes } } }]
  const choice = (changes: object) => [
    { name: 'a', fields: { x: { kind: 'choice', label: 'X', choices: { one: {} }, variable: 'X', ...changes } } },
  ]
  const wrong: Readonly<Record<string, readonly [value: unknown, path: string]>> = {
    'an unknown part': [[{ name: 'a', memory: '1G' }], '0'],
    'two of one name': [[{ name: 'a' }, { name: 'a' }], '1.name'],
    'two defaults': [
      [
        { name: 'a', default: true },
        { name: 'b', default: true },
      ],
      '1.default',
    ],
    'a name that is no slug': [[{ name: 'A b' }], '0.name'],
    'a size that is none': [[{ name: 'a', memLimit: 'much' }], '0.memLimit'],
    'a field of an unknown kind': [field({ kind: 'date' }), '0.fields.x.kind'],
    'a part that the kind has not': [field({ pattern: '^a$' }), '0.fields.x'],
    'a range from high to low': [field({ min: 5 }), '0.fields.x.max'],
    'a default outside the range': [field({ default: 5 }), '0.fields.x.default'],
    'halves in a whole range': [field({ min: 0.5 }), '0.fields.x.whole'],
    'a limit of nothing': [field({ min: 0, sets: 'memLimit' }), '0.fields.x.min'],
    'a field that changes nothing': [field({ variable: undefined }), '0.fields.x.variable'],
    'a pattern without anchors': [text({ pattern: '[a-z]+' }), '0.fields.x.pattern'],
    'a pattern that is none': [text({ pattern: '^(a$' }), '0.fields.x.pattern'],
    'a default that does not fit': [text({ default: 'b' }), '0.fields.x.default'],
    'a variable of the hub': [text({ variable: 'JUPYTERHUB_API_TOKEN' }), '0.fields.x.variable'],
    'a choice without choices': [choice({ choices: {} }), '0.fields.x.choices'],
    'a default that is no choice': [choice({ default: 'two' }), '0.fields.x.default'],
    'a field name with another meaning': [[{ name: 'a', fields: { next: {} } }], '0.fields.next'],
  }
  for (const [what, [value, path]] of Object.entries(wrong)) {
    test(what, () => {
      const parsed = profilesSchema.safeParse(value)
      assert.ok(!parsed.success)
      assert.ok(
        parsed.error.issues.some((issue) => issue.path.join('.') === path),
        JSON.stringify(parsed.error.issues),
      )
    })
  }
})
