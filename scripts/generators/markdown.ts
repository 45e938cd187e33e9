/** First lines of a generated page. */
export function pageHead(title: string, source: string): string {
  return `# ${title}\n\n<!-- Generated from ${source} by scripts/generate.ts; do not edit. -->\n`
}

/** A table; texts are escaped, so that they show as they are. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return `${[line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}

/** A text as a cell of a table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')

/** A value as code in a cell of a table. */
export const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``)
