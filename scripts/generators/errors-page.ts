import type { ErrorRow } from '../../src/core/error-row.ts'
import { errorCodes } from '../../src/core/errors.ts'
import { cell, code, pageHead, table } from './markdown.ts'

const intro = `
Whenever something is refused or fails, the answer carries one of these codes: in the API as \`code\` beside \`status\` and \`message\`, on pages below
the sentence, in the log as a field. Programs should look at the code; the sentences may become better. \`{name}\` stands for a detail of the case.
`

/** Reference of every error code. */
export function errorsPage(): string {
  const rows = Object.entries<ErrorRow>(errorCodes).map(([name, { status, title, titles = {}, hint }]) => {
    const sentences = [title, ...Object.values(titles)].map((text) => cell(text.replaceAll(/:(?:size|clock)\}/g, '}')))
    return [code(name), `${status}`, sentences.join('<br>'), cell(hint)]
  })
  return `${pageHead('Errors', 'src/core/errors.ts')}${intro}\n${table(['code', 'status', 'what happened', 'what to do'], rows)}`
}
