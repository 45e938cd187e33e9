import { z } from 'zod'
import { defineOptions, opt, optional, pathText, type SectionValues } from '../../core/options.ts'
import { secondsSchema } from '../../core/units.ts'
import { commandSchema, commonSpawnerOptions } from '../common-options.ts'
import { engineOptions } from './engine-options.ts'
import { limitOptions } from './limit-options.ts'
import { volumeOptions } from './volume-options.ts'

const templateFields = '`{username}` is the name of the user in a form that suits object names, `{servername}` that of the server'

/** Images that people may choose: a list, or labels with their images, or `*` for any. */
const allowedImages = z.union([z.array(z.string().min(1)), z.record(z.string().min(1), z.string().min(1)), z.literal('*')])

/** Names of different servers must differ: the template holds the key of the server, or both parts of it. */
const nameTemplate = z
  .string()
  .regex(/^[\w.{}-]+$/, 'expected letters, digits, `_`, `.`, `-` and fields in braces')
  .refine(
    (text) => text.includes('{key}') || (text.includes('{username}') && text.includes('{servername}')),
    'expected `{key}`, or both `{username}` and `{servername}`: two servers must never have one name',
  )

const pullPolicies = ['always', 'ifnotpresent', 'never', 'skip'] as const
const pullPolicy = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(pullPolicies))

/** Options of servers that run as containers. */
export const dockerOptions = defineOptions(
  'spawner',
  'Every server is a container of its own, made from an unmodified notebook image.',
  {
    ...commonSpawnerOptions,
    notebookDir: { ...commonSpawnerOptions.notebookDir, env: ['DOCKER_NOTEBOOK_DIR'] },
    image: opt(z.string().min(1), 'quay.io/jupyter/base-notebook:latest', 'Image that servers are made from.', {
      source: 'DockerSpawner.image',
      env: ['DOCKER_NOTEBOOK_IMAGE'],
    }),
    allowedImages: opt(
      allowedImages,
      [],
      'Images that people may choose from: a list, or labels with their images. `*`: any image. Empty: only `image`, no choice.',
      { source: 'DockerSpawner.allowed_images', example: { Science: 'quay.io/jupyter/scipy-notebook' } },
    ),
    pullPolicy: opt(
      pullPolicy,
      'ifnotpresent',
      'When images are fetched: `always`, `ifnotpresent`, `never` (a missing image is an error), `skip` (nothing is checked).',
      { source: 'DockerSpawner.pull_policy' },
    ),
    prePull: opt(
      z.boolean(),
      true,
      'Fetches the images of `image`, `profiles` and `allowedImages` ahead, one after the other, so that nobody waits for them. Not with the policies `never` and `skip`.',
    ),
    pullTimeoutSeconds: opt(
      secondsSchema,
      120,
      'How long fetching an image may go without any progress. The time of a fetch that goes on counts for no time-out.',
      { unit: 'seconds' },
    ),
    cmd: optional(commandSchema, "The command in the container. Unset: the image's own. Its entry point always stays.", {
      source: 'DockerSpawner.cmd',
      env: ['DOCKER_SPAWN_CMD'],
      example: ['jupyterhub-singleuser'],
    }),
    ip: opt(z.string(), '0.0.0.0', 'Address on which the server listens inside its container.', { source: 'DockerSpawner.ip' }),
    port: opt(z.int().min(1).max(65_535), 8888, 'Port on which the server listens inside its container.', { source: 'DockerSpawner.port' }),
    prefix: opt(z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/), 'jupyter', 'First part of the names of containers and volumes.', {
      source: 'DockerSpawner.prefix',
    }),
    nameTemplate: opt(
      nameTemplate,
      '{prefix}-{key}',
      `Name of a container. ${templateFields}, \`{key}\` both in one, \`{prefix}\` the option.`,
      {
        source: 'DockerSpawner.name_template',
      },
    ),
    labels: opt(z.record(z.string().min(1), z.string()), {}, 'Labels of every container, beside those of the hub.', {
      example: { team: 'data' },
    }),
    remove: opt(z.boolean(), true, 'Removes the container of a stopped server. Off: it stays, for a look, until the server starts again.', {
      source: 'DockerSpawner.remove',
    }),
    stopTimeoutSeconds: opt(secondsSchema, 10, 'How long a server may take to stop before it is killed.', { unit: 'seconds' }),
    postStartCmd: optional(commandSchema, 'Run inside every container after its start. What comes of it never fails the start.', {
      source: 'DockerSpawner.post_start_cmd',
      example: ['sh', '-c', 'date > ~/started'],
    }),
    dockerConfig: optional(pathText(), 'File of the docker command line with the credentials of registries.', {
      example: '/root/.docker/config.json',
    }),
    ...engineOptions,
    ...volumeOptions,
    ...limitOptions,
  },
  'docker',
)

/** The parsed options. */
export type DockerOptions = SectionValues<typeof dockerOptions>
