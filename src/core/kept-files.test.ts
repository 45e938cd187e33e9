import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keptFilesOf, keptKind } from './kept-files.ts'

const at = (...targets: string[]) => keptFilesOf('/home/jovyan', targets, true)

test('a home folder is kept when it, or a folder around it, is mounted; folders in it say nothing more', () => {
  for (const targets of [['/home/jovyan'], ['/home/jovyan/', '/home/jovyan/work'], ['/home'], ['/']]) {
    assert.deepEqual(at(...targets), { home: '/home/jovyan', keepsHome: true, paths: [] }, targets.join(' '))
  }
  assert.deepEqual(at('/home/jovyan', '/data').paths, ['/data'])
})

test('a folder in the home keeps only itself; one of a similar name nothing of it', () => {
  assert.deepEqual(at('/home/jovyan/work'), { home: '/home/jovyan', keepsHome: false, paths: ['/home/jovyan/work'] })
  assert.deepEqual(at('/home/jovyan2'), { home: '/home/jovyan', keepsHome: false, paths: ['/home/jovyan2'] })
  assert.deepEqual([keptKind(at('/home/jovyan')), keptKind(at('/home/jovyan/work')), keptKind(at())], ['home', 'part', 'nothing'])
})

test('a home whose path nobody knows is not named', () => {
  assert.deepEqual(keptFilesOf('~', ['~'], false), { home: null, keepsHome: true, paths: [] })
})
