import type { ImportPlan } from '../core/import-plan.ts'
import { toIso } from '../core/time.ts'
import type { Imported } from '../hub/import-hub.ts'
import { systemClock } from '../lib/clock.ts'
import { administering } from './administering.ts'
import { configFlags, defineCommand, jsonFlag } from './command.ts'
import { printJson } from './print.ts'

/** `orrery import-jupyterhub` */
export const command = defineCommand({
  usage: '--db URL [--cookie-secret FILE] [--dry-run] [--json]',
  doc: 'Takes over the people, administrators, groups, API tokens and named servers of a JupyterHub 5 or 6 from its database, which is only read. All of it or nothing; a second time only what is new.',
  examples: [
    { line: 'orrery import-jupyterhub --db sqlite:///jupyterhub.sqlite --dry-run', doc: 'shows what would come' },
    { line: 'orrery import-jupyterhub --db postgresql://jupyterhub@db/jupyterhub', doc: 'takes it over, also while the hub runs' },
  ],
  flags: {
    ...configFlags,
    ...jsonFlag,
    db: { kind: 'value', placeholder: 'URL', doc: "Its option db_url: 'sqlite:///FILE' or 'postgresql://…'; or the path of the file." },
    'cookie-secret': { kind: 'value', placeholder: 'FILE', doc: 'Understood and not used: browsers sign in once more. Tokens go on.' },
    'dry-run': { kind: 'switch', doc: 'Shows what would be taken over and keeps nothing.' },
  },
  words: [0, 0],
  run: async ({ flags, host }) => {
    const { db: url } = flags
    if (url === undefined) {
      host.stderr.write('--db is missing: the address of the database. See: orrery import-jupyterhub --help\n')
      return 2
    }
    return administering(host, flags, async ({ database }) => {
      const [{ readJupyterHub }, { importHub }, { planImport }] = await Promise.all([
        import('../db/jupyterhub.ts'),
        import('../hub/import-hub.ts'),
        import('../core/import-plan.ts'),
      ])
      const now = systemClock.now()
      const plan = planImport(await readJupyterHub(url, host.cwd), toIso(now))
      if (plan.problems.length > 0) throw new Error(['Nothing was taken over.', ...plan.problems].join('\n'))
      const imported = await importHub(database, plan, now, flags['dry-run'])
      if (flags.json) return printJson(host, { dryRun: flags['dry-run'], imported, roles: plan.roles, left: plan.left })
      host.stdout.write(`${asText(plan, imported, flags['dry-run'], flags['cookie-secret'] !== undefined).join('\n')}\n`)
      return 0
    })
  },
})

function asText(
  { roles, left }: ImportPlan,
  { people, groups, servers, tokens }: Imported,
  dryRun: boolean,
  namedSecret: boolean,
): readonly string[] {
  const counts = `${people} people, ${groups} groups, ${servers} servers, ${tokens} tokens`
  return [
    dryRun ? `Would take over: ${counts}. Nothing was kept.` : `Took over: ${counts}.`,
    ...left.map((sentence) => `Left: ${sentence}`),
    ...(namedSecret ? ['Left: the cookie secret. Everybody signs in once more.'] : []),
    ...(roles.length === 0 ? [] : ['Roles live in the configuration. Add there:', `roles: ${JSON.stringify(roles, null, 2)}`]),
  ]
}
