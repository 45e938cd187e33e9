import { test } from 'node:test'
import assert from 'node:assert/strict'
import { z } from 'zod'
import { defineOptions, environmentName, opt, optional, pathText, required } from './options.ts'
import type { SectionValues } from './options.ts'

const sample = defineOptions('sample', 'An area.', {
  startTimeoutSeconds: opt(z.number(), 60, 'How long.', { unit: 'seconds' }),
  names: opt(z.array(z.string()), [], 'Who.'),
  tls: optional(z.strictObject({ key: pathText(), cert: pathText() }), 'Certificate.'),
  name: required(z.string(), 'What it is called.'),
})

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const sure = <T extends true>(value: T): T => value

test('an option with a default has the plain type, an optional one may be undefined, a required one may not', () => {
  type Values = SectionValues<typeof sample>
  sure<Equal<Values['startTimeoutSeconds'], number>>(true)
  sure<Equal<Values['names'], readonly string[]>>(true)
  sure<Equal<Values['tls'], { readonly key: string; readonly cert: string } | undefined>>(true)
  sure<Equal<Values['name'], string>>(true)
  assert.equal(sample.options.startTimeoutSeconds.default, 60)
  assert.equal(sample.options.tls.default, undefined)
  assert.equal(sample.options.name.required, true)
})

test('an environment name is made of section, kind and option', () => {
  assert.equal(environmentName('spawner', 'startTimeoutSeconds'), 'ORRERY_SPAWNER_START_TIMEOUT_SECONDS')
  assert.equal(environmentName('authenticators', 'clientId', 'github'), 'ORRERY_AUTHENTICATORS_GITHUB_CLIENT_ID')
  assert.equal(environmentName('hub', 'api2Limit'), 'ORRERY_HUB_API2_LIMIT')
})
