import { access, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { LoadedConfig } from '../boot/load-config.ts'
import type { ServicePlace, Unit } from '../boot/systemd-units.ts'
import { configFlags, defineCommand } from './command.ts'
import { withConfig } from './with-config.ts'

const usualUnitDir = '/etc/systemd/system'
const usualDataDir = '/var/lib/orrery'
/** Is there when systemd runs the machine: sd_booted(3). */
const signOfSystemd = '/run/systemd/system'
/** systemd.exec(5), "User/Group Name Syntax". */
const accountName = /^[a-z_][a-z0-9_-]{0,30}$/

/** `orrery install-service` */
export const command = defineCommand({
  usage: '[--user NAME] [--config FILE] [--data-dir DIR] [--unit-dir DIR] [--dry-run]',
  doc: 'Writes the units orrery-hub and orrery-proxy for systemd, as the configuration asks for, and says what to do next. Starts nothing.',
  examples: [
    { line: 'orrery install-service --dry-run', doc: 'shows the units' },
    { line: 'orrery install-service --config /etc/orrery/orrery.config.ts', doc: 'data in /var/lib/orrery, account orrery' },
  ],
  flags: {
    ...configFlags,
    'data-dir': {
      kind: 'value',
      placeholder: 'DIR',
      doc: `Folder of database, secrets and homes. Else ORRERY_DATA_DIR, else ${usualDataDir}.`,
    },
    user: {
      kind: 'value',
      placeholder: 'NAME',
      doc: 'Account of hub and proxy. Else orrery; root where servers run under accounts of their own.',
    },
    'unit-dir': { kind: 'value', placeholder: 'DIR', doc: `Where the units go. Else ${usualUnitDir}.` },
    'dry-run': { kind: 'switch', doc: 'Prints the units and writes nothing.' },
  },
  words: [0, 0],
  run: async ({ flags, host }) => {
    const { user } = flags
    if (user !== undefined && !accountName.test(user)) {
      host.stderr.write(`'${user}' is no name of an account.\n`)
      return 2
    }
    const dataDir = flags['data-dir'] ?? (host.env['ORRERY_DATA_DIR'] || usualDataDir)
    return withConfig(host, { config: flags.config, 'data-dir': dataDir }, async (loaded) => {
      const { servicePlace } = await import('../boot/service-place.ts')
      const { systemdUnits } = await import('../boot/systemd-units.ts')
      const place = servicePlace(loaded, { user, pythonBin: host.env['ORRERY_PYTHON_BIN'] })
      const units = systemdUnits(place)
      if (flags['dry-run']) {
        host.stdout.write(units.map(({ name, text }) => `# ${name}\n${text}`).join('\n'))
        return 0
      }
      const wrong = await refusal(flags['unit-dir'])
      if (wrong !== null) throw new Error(wrong)
      const unitDir = resolve(host.cwd, flags['unit-dir'] ?? usualUnitDir)
      for (const unit of units) await writeUnit(unitDir, unit)
      host.stdout.write(`Wrote ${units.map(({ name }) => join(unitDir, name)).join(' and ')}.\n${await nextSteps(place, loaded)}`)
      return 0
    })
  },
})

/** Units that nobody will read are only written where somebody asked for them. */
async function refusal(unitDir: string | undefined): Promise<string | null> {
  if (unitDir !== undefined) return null
  const runs = await access(signOfSystemd).then(
    () => true,
    () => false,
  )
  return runs
    ? null
    : 'systemd does not run this machine, so nothing was written. --dry-run shows the units; --unit-dir DIR writes them elsewhere.'
}

async function writeUnit(unitDir: string, { name, text }: Unit): Promise<void> {
  const { unitMark } = await import('../boot/systemd-units.ts')
  const path = join(unitDir, name)
  const present = await readFile(path, 'utf8').catch(() => null)
  if (present !== null && !present.startsWith(unitMark))
    throw new Error(`${path} was not written by this command. Move it away, or choose another folder with --unit-dir.`)
  await writeFile(path, text, { mode: 0o644 }).catch((cause: unknown) => {
    throw new Error(`${path} cannot be written. Run this as root.`, { cause })
  })
}

async function nextSteps({ user, dataDir, servers, program }: ServicePlace, loaded: LoadedConfig): Promise<string> {
  const { variablesOfHere } = await import('../boot/service-place.ts')
  const { environmentFile } = await import('../boot/systemd-units.ts')
  const variables = variablesOfHere(loaded)
  const account = `useradd --system --home-dir ${dataDir} --shell /usr/sbin/nologin ${user}`
  const lines = [
    'Next:',
    ...(user === 'root' ? [] : [`  id ${user} || ${account}`]),
    ...(servers === 'engine' ? [`  getent group docker   # its members may use the engine`] : []),
    '  systemctl daemon-reload',
    '  systemctl enable --now orrery-proxy orrery-hub',
    '  journalctl --follow --unit orrery-hub --unit orrery-proxy',
    ...(loaded.file === null
      ? [`There is no configuration file: the defaults count. ${join(program, 'bin', 'orrery')} init writes one.`]
      : []),
    ...(variables.length === 0
      ? []
      : [`The service does not see these variables; write them into ${environmentFile} (mode 0600): ${variables.join(', ')}`]),
  ]
  return `${lines.join('\n')}\n`
}
