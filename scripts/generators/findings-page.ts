import { findingCodes } from '../../src/core/findings.ts'
import { cell, code, pageHead, table } from './markdown.ts'

const intro = `
What \`orrery doctor\` can find. The health page of the hub shows the same, and the log tells it at the start of the hub as \`health.finding\`.
\`good\` is as it should be, \`warn\` works but somebody should know, \`bad\` is what people will notice. \`{name}\` stands for a detail of the case.
With \`--json\` every finding has \`code\`, \`level\`, \`detail\`, \`what\`, \`why\` and \`change\`; the exit code is 1 when one of them is \`bad\`.
`

/** Reference of every finding. */
export function findingsPage(): string {
  const rows = Object.entries(findingCodes).map(([name, row]) => [code(name), row.level, cell(row.what), cell(row.why), cell(row.change)])
  const heads = ['code', 'level', 'what', 'why it matters', 'what to change']
  return `${pageHead('Findings', 'src/core/findings.ts')}${intro}\n${table(heads, rows)}`
}
