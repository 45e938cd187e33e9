import { test } from 'node:test'
import assert from 'node:assert/strict'
import { nearest } from './nearest.ts'

const known = ['baseUrl', 'publicUrl', 'bindUrl', 'cookieMaxAgeDays', 'start', 'check', 'tls']

test('a slip, a swap, another case or another way to join words is understood', () => {
  const meant = [
    ['baseUrll', 'baseUrl'],
    ['base_url', 'baseUrl'],
    ['BASE-URL', 'baseUrl'],
    ['bsaeUrl', 'baseUrl'],
    ['cookieMaxAge', 'cookieMaxAgeDays'],
    ['satrt', 'start'],
    ['chek', 'check'],
    ['tsl', 'tls'],
  ] as const
  for (const [word, wanted] of meant) assert.equal(nearest(word, known), wanted, word)
})

test('a word that is like none gets no suggestion', () => {
  for (const word of ['', 'x', 'zebra', 'databaseConnection', 'ab']) assert.equal(nearest(word, known), null, word)
})
