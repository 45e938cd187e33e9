import { z } from 'zod'
import { opt, optional } from '../core/options.ts'
import { profilesSchema } from '../core/profile-schema.ts'
import { bytesSchema, cpuSchema, secondsSchema } from '../core/units.ts'

const text = z.string()
const words = z.array(z.string())
const variable = text.refine((given) => !given.includes('\0'), 'expected a text without a zero byte')

/** A command: one word, or the words of a command line. Nothing is split at blanks. */
export const commandSchema = z
  .union([z.string().min(1), z.array(z.string()).min(1)])
  .transform((value) => (typeof value === 'string' ? [value] : value))

/** Options that every kind of spawner has. A kind spreads them into its own table and may replace some. */
export const commonSpawnerOptions = {
  args: opt(words, [], 'Words that follow the command.', { source: 'Spawner.args' }),
  environment: opt(
    z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), variable),
    {},
    'Environment variables of every server. They win over everything else.',
    {
      source: 'Spawner.environment',
      example: { OMP_NUM_THREADS: '2' },
    },
  ),
  authStateEnvironment: opt(
    z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().min(1)),
    {},
    'Variables of a server that come from where its owner has signed in: the name, and where the value stands in the auth state. Needs enableAuthState.',
    { source: 'Spawner.auth_state_hook', example: { GITHUB_TOKEN: 'access_token' } },
  ),
  notebookDir: opt(
    text,
    '',
    'Folder that the server shows. `~` is the home folder, `{username}` the name of the user. Empty: the home folder.',
    {
      source: 'Spawner.notebook_dir',
      example: '~/work',
    },
  ),
  defaultUrl: opt(text, '', 'Page that opens first, below the path of the server. Empty: JupyterLab.', {
    source: 'Spawner.default_url',
    example: '/lab/tree/welcome.ipynb',
  }),
  startTimeoutSeconds: opt(secondsSchema, 60, 'How long bringing the server to life may take.', {
    unit: 'seconds',
    source: 'Spawner.start_timeout',
  }),
  httpTimeoutSeconds: opt(secondsSchema, 30, 'How long the living server may take until it answers its first request.', {
    unit: 'seconds',
    source: 'Spawner.http_timeout',
  }),
  memLimit: optional(bytesSchema, 'Memory that one server with its kernels may use.', {
    unit: 'bytes',
    source: 'Spawner.mem_limit',
    example: '2G',
  }),
  memGuarantee: optional(bytesSchema, 'Memory that one server can count on.', {
    unit: 'bytes',
    source: 'Spawner.mem_guarantee',
    example: '512M',
  }),
  cpuLimit: optional(cpuSchema, 'Processor cores that one server may use.', { unit: 'cores', source: 'Spawner.cpu_limit', example: 2 }),
  cpuGuarantee: optional(cpuSchema, 'Processor cores that one server can count on.', {
    unit: 'cores',
    source: 'Spawner.cpu_guarantee',
    example: 0.5,
  }),
  debug: opt(z.boolean(), false, 'Servers write a detailed log.', { source: 'Spawner.debug' }),
  disableUserConfig: opt(z.boolean(), false, 'Servers ignore the Jupyter configuration in the home folder.', {
    source: 'Spawner.disable_user_config',
  }),
  profiles: opt(
    profilesSchema,
    [],
    'Ways to start a server that people choose from: `name`, `displayName`, `description`, `default`, who may use it (`users`, `groups`, `roles`; none: everybody), what it sets (`image`, `memLimit`, `cpuLimit`, `environment`, `volumes`), and `fields` that people fill in: `choice` with `choices`, `number` with `min` and `max`, `text` with a `pattern` from `^` to `$`. A field sets a limit (`sets`), a variable (`variable`), or what its choice says. Empty: every server is started with these options.',
    {
      source: 'KubeSpawner.profile_list',
      example: [
        { name: 'small', displayName: 'Small', default: true, memLimit: '1G' },
        {
          name: 'large',
          displayName: 'Large',
          groups: ['research'],
          memLimit: '16G',
          fields: { threads: { kind: 'number', label: 'Threads', min: 1, max: 8, default: 2, variable: 'OMP_NUM_THREADS' } },
        },
      ],
    },
  ),
}
