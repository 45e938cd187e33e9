import { globSync } from 'node:fs'

/** Test files that run with the same rules. */
export type TestGroup = {
  readonly name: string
  readonly files: readonly string[]
  /** How many files run at once. */
  readonly width: number
  readonly limitSeconds: number
  /** A file that failed is run once more, and both runs are told. */
  readonly secondRun: boolean
}

/** Files below these folders use the whole machine or watch its clock: one at a time. */
const serialFolders = ['test/walks/', 'test/browser/', 'test/chaos/', 'test/docker/']

/**
 * Every test file in the order of the run: quick ones first.
 * @param pattern keeps only files whose path contains it, or matches it as a regular expression
 */
export function testGroups(pattern: string | null, limitSeconds: number): readonly TestGroup[] {
  const wanted = pattern === null ? /./ : new RegExp(pattern)
  const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'])
    .toSorted()
    .filter((file) => wanted.test(file))
  const isSerial = (file: string): boolean => serialFolders.some((folder) => file.startsWith(folder))
  const groups = [
    {
      name: 'units',
      files: files.filter((file) => file.startsWith('src/') || file.startsWith('scripts/')),
      width: 2,
      limitSeconds,
      secondRun: false,
    },
    {
      name: 'parts together',
      files: files.filter((file) => file.startsWith('test/') && !isSerial(file)),
      width: 2,
      limitSeconds,
      secondRun: true,
    },
    { name: 'whole walks', files: files.filter(isSerial), width: 1, limitSeconds, secondRun: true },
  ]
  return groups.filter((group) => group.files.length > 0)
}
