import { formatOrigin } from '../boot/config-problem.ts'
import { loadConfig } from '../boot/load-config.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson } from './print.ts'
import { withConfig } from './with-config.ts'
import type { Host } from '../boot/host.ts'
import type { LoadedConfig } from '../boot/load-config.ts'

/** `orrery check` */
export const command = defineCommand({
  usage: '[--config FILE] [--data-dir DIR] [--json]',
  doc: 'Validates the configuration without starting anything, and shows what is set and where.',
  examples: [
    { line: 'orrery check', doc: 'exit code 0: right, 2: wrong' },
    { line: 'orrery check --config team.yaml --json', doc: 'for programs' },
  ],
  flags: { ...configFlags, ...jsonFlag },
  words: [0, 0],
  run: async ({ flags, host }) => {
    if (flags.json) return asJson(host, await loadConfig({ config: flags.config, dataDir: flags['data-dir'] }, host))
    return withConfig(host, flags, async (loaded) => {
      const { settingsOf } = await import('../boot/settings.ts')
      const settings = settingsOf(loaded)
      const lines = settings.map(({ option, value, origin }) => `  ${option} = ${value}  (${formatOrigin(origin)})`)
      const where = loaded.file === null ? 'There is no file.' : `File: ${loaded.file}`
      host.stdout.write(`The configuration is right. ${where}\nData directory: ${loaded.dataDir}\n`)
      host.stdout.write(lines.length === 0 ? 'Everything has its default.\n' : `Set:\n${lines.join('\n')}\n`)
      for (const warning of loaded.warnings) host.stderr.write(`Warning: ${warning}\n`)
      return 0
    })
  },
})

async function asJson(host: Host, loaded: Awaited<ReturnType<typeof loadConfig>>): Promise<number> {
  if (!loaded.ok) {
    const problems = loaded.problems.map((problem) => ({ ...problem, origin: formatOrigin(problem.origin) }))
    printJson(host, { ok: false, problems })
    return 2
  }
  return printJson(host, await report(loaded))
}

async function report(loaded: LoadedConfig): Promise<object> {
  const { settingsOf } = await import('../boot/settings.ts')
  const set = settingsOf(loaded).map((setting) => ({ ...setting, origin: formatOrigin(setting.origin) }))
  const { file, dataDir, warnings } = loaded
  return { ok: true, file, dataDir, set, warnings }
}
