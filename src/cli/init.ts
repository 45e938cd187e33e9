import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { templateFor } from '../boot/config-template.ts'
import { defineCommand } from './command.ts'
import { printLine } from './print.ts'

/** `orrery init` */
export const command = defineCommand({
  usage: '[FILE]',
  doc: 'Writes a configuration with every option as a comment: default, unit, meaning and environment name. Never overwrites a file.',
  examples: [
    { line: 'orrery init', doc: 'writes orrery.config.ts' },
    { line: 'orrery init orrery.config.yaml', doc: 'in YAML' },
  ],
  flags: {},
  words: [0, 1],
  run: async ({ words: [name = 'orrery.config.ts'], host }) => {
    const text = templateFor(name)
    if (text === null) {
      host.stderr.write(`A file called ${name} cannot hold comments. Choose a name that ends in .ts, .mjs or .yaml.\n`)
      return 2
    }
    const path = resolve(host.cwd, name)
    try {
      await writeFile(path, text, { flag: 'wx' })
    } catch (error) {
      const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      if (!exists) throw error
      host.stderr.write(`${path} exists already. Remove it, or give another name: orrery init FILE\n`)
      return 1
    }
    return printLine(host, `Wrote ${path}. Change what you like, then run: orrery check`)
  },
})
