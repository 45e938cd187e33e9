import { findingCodes } from '../../src/core/findings.ts'
import { setUps } from '../../test/support/set-ups.ts'
import { cell, code, pageHead, table } from './markdown.ts'

const intro = `
Every line is an installation with one thing wrong, made for real by \`test/docker/doctor.test.ts\` or \`test/walks/doctor-behind-nginx.test.ts\`,
and what \`orrery doctor\` says of it.
What goes wrong with a single server is told by its start instead: see [Errors](errors.md).
`

/** Reference of what the doctor is tested with. */
export function setUpsPage(): string {
  const rows = Object.values(setUps).map(({ what, code: name }) => [
    cell(what),
    code(name),
    cell(findingCodes[name].what),
    cell(findingCodes[name].change),
  ])
  return `${pageHead('Set-ups that the doctor knows', 'test/support/set-ups.ts')}${intro}\n${table(['what is wrong', 'code', 'what the doctor says', 'what to change'], rows)}`
}
