import { commands } from '../../src/cli/commands.ts'
import { commandHelp, programHelp } from '../../src/cli/help.ts'
import { pageHead } from './markdown.ts'

const intro = `
\`bin/orrery\` with no arguments, and every command with \`--help\`, shows what stands here. Exit codes: 0 done, 1 failed (one sentence on stderr),
2 wrong usage or configuration.
`

/** Reference of every command: its own help. */
export async function commandsPage(): Promise<string> {
  const helps = await Promise.all(commands.map(async (row) => ({ row, loaded: await row.load() })))
  const texts = helps.map(({ row, loaded }) => {
    const text =
      'command' in loaded ? block(commandHelp(row.name, loaded.command)) : `Takes the arguments of the program that it stands in for.\n`
    return `## orrery ${row.name}\n\n${row.summary.charAt(0).toUpperCase()}${row.summary.slice(1)}.\n\n${text}`
  })
  return [pageHead('Commands', 'the commands themselves'), intro, block(programHelp()), ...texts].join('\n')
}

const block = (text: string): string => `\`\`\`\n${text.trimEnd()}\n\`\`\`\n`
