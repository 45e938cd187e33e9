import { z } from 'zod'
import { defineOptions, opt, optional, type SectionValues } from '../../core/options.ts'
import { bytesSchema, cpuSchema, secondsSchema } from '../../core/units.ts'
import { commandSchema, commonSpawnerOptions } from '../common-options.ts'

const inherited = [
  'CONDA_DEFAULT_ENV',
  'CONDA_ROOT',
  'JUPYTERHUB_SINGLEUSER_APP',
  'LANG',
  'LC_ALL',
  'LD_LIBRARY_PATH',
  'PATH',
  'PYTHONPATH',
  'VIRTUAL_ENV',
]
const seconds = (fallback: number, doc: string, source: string) => opt(secondsSchema, fallback, doc, { unit: 'seconds', source })

/** Options of servers that run as processes beside the hub. */
export const processOptions = defineOptions(
  'spawner',
  'Every server is a process on the machine of the hub.',
  {
    ...commonSpawnerOptions,
    cmd: opt(
      commandSchema,
      ['jupyterhub-singleuser'],
      'The command that starts a server. A name is looked for beside the Python of the hub, then on the PATH. It, or what it starts, has to listen where JUPYTERHUB_SERVICE_URL says.',
      {
        source: 'Spawner.cmd',
        example: ['/opt/jupyter/bin/jupyterhub-singleuser'],
      },
    ),
    envKeep: opt(
      z.array(z.string()),
      inherited,
      'Variables of the hub that servers get, when the hub has them. No other variable of the hub reaches them.',
      {
        source: 'Spawner.env_keep',
      },
    ),
    ip: opt(z.string(), '127.0.0.1', 'Address on which servers listen. Empty: all addresses.', { source: 'Spawner.ip' }),
    port: opt(z.number().int().min(0).max(65_535), 0, 'Port on which servers listen. 0: a free one for each server.', {
      source: 'Spawner.port',
    }),
    interruptTimeoutSeconds: seconds(
      10,
      'How long a server may take to stop after SIGINT; then comes SIGTERM.',
      'LocalProcessSpawner.interrupt_timeout',
    ),
    termTimeoutSeconds: seconds(
      5,
      'How long a server may take to stop after SIGTERM; then comes SIGKILL.',
      'LocalProcessSpawner.term_timeout',
    ),
    killTimeoutSeconds: seconds(5, 'How long to wait for a server to be gone after SIGKILL.', 'LocalProcessSpawner.kill_timeout'),
    memLimit: optional(
      bytesSchema,
      'Memory that one server with its kernels may use. The hub measures it whenever it looks at the server, and ends a server that uses more. Told to the server as MEM_LIMIT.',
      { unit: 'bytes', source: 'Spawner.mem_limit', example: '2G' },
    ),
    cpuLimit: optional(
      cpuSchema,
      'Processor cores that one server should use. Only told to the server as CPU_LIMIT; nothing holds it to that.',
      {
        unit: 'cores',
        source: 'Spawner.cpu_limit',
        example: 2,
      },
    ),
    homeTemplate: optional(
      z.string().startsWith('/'),
      'Home folder of a user, made when it is missing. `{username}` is the name, `{slug}` the name in a form that suits folders. Unset: a folder below the data directory.',
      { source: 'SimpleLocalProcessSpawner.home_dir_template', example: '/srv/homes/{slug}' },
    ),
    systemUsers: opt(
      z.boolean(),
      false,
      'Every server runs as the account of this machine that has the name of the user. Needs a hub that runs as root.',
      {
        source: 'LocalProcessSpawner',
      },
    ),
    minimumUid: opt(
      z.number().int().min(1),
      1000,
      'With systemUsers: accounts with a smaller number belong to the system and get no server.',
    ),
    noNewPrivileges: opt(z.boolean(), true, 'With systemUsers: servers cannot gain rights, for example by sudo.'),
  },
  'process',
)

/** The parsed options. */
export type ProcessOptions = SectionValues<typeof processOptions>
