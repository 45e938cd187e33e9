import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveName, nextLeftFilesStep, settledState, type FileFate, type FilesFound, type LeftFiles } from './left-files.ts'

const row = (fate: FileFate, archivedAt: string | null = null): LeftFiles => ({
  id: 1,
  homeName: 'ada',
  userName: 'ada',
  serverNames: [''],
  fate,
  state: 'waiting',
  askedBy: 'hub',
  askedAt: '2026-11-23T09:15:00.000Z',
  archive: '/archive/ada.tar.gz',
  archivedAt,
  found: { own: [], leftAlone: [] },
  failure: null,
  failures: 0,
  retryAt: null,
})
const there: FilesFound = { own: ['home-ada'], leftAlone: [] }
const nothing: FilesFound = { own: [], leftAlone: [] }

const cases = [
  { what: 'an archive comes before the removal', row: row('archive'), found: there, step: 'archive' },
  { what: 'what is archived is removed', row: row('archive', '2026-11-23T09:16:00.000Z'), found: there, step: 'remove' },
  { what: 'what is removed is settled', row: row('archive', '2026-11-23T09:16:00.000Z'), found: nothing, step: 'settle' },
  { what: 'nothing needs no archive', row: row('archive'), found: nothing, step: 'settle' },
  { what: 'deleting asks for no archive', row: row('delete'), found: there, step: 'remove' },
  { what: 'what is to be kept is not touched', row: row('keep'), found: there, step: 'settle' },
] as const
for (const { what, row: files, found, step } of cases) test(what, () => assert.equal(nextLeftFilesStep(files, found), step))

test('what stays in a place of its own keeps its name from others; what is shared does not', () => {
  const left = (why: 'shared' | 'outside' | 'account' | 'in_use') => settledState({ own: [], leftAlone: [{ name: 'x', why }] })
  assert.deepEqual([left('outside'), left('in_use'), left('shared'), left('account')], ['kept', 'kept', 'done', 'done'])
  assert.deepEqual([settledState(there), settledState(nothing)], ['kept', 'done'])
})

test('an archive is named by person and time', () => {
  assert.equal(archiveName('ada', '2026-11-23T09:15:00.000Z'), 'ada-20261123T091500000Z.tar.gz')
})
