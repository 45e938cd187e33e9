import { z } from 'zod'
import { volumeTarget } from '../../core/option-schemas.ts'
import { opt, optional } from '../../core/options.ts'

const volumes = z.record(z.string().min(1), volumeTarget)
const fields =
  '`{username}` in it is the name of the user in a form that suits object names, `{raw_username}` the name itself, `{servername}`, `{key}` and `{prefix}` as in nameTemplate'

/** What containers keep, and what they see of the machine. */
export const volumeOptions = {
  homeVolume: opt(
    z.string(),
    '{prefix}-home-{username}',
    `Named volume that keeps the whole home folder. It is filled from the image when it is new. ${fields}. Empty: only what \`volumes\` and \`mounts\` say is kept.`,
    { example: 'jupyterhub-user-{username}' },
  ),
  homeDir: optional(z.string().startsWith('/'), 'Home folder inside the image. Unset: found out from the image.', {
    example: '/home/jovyan',
  }),
  volumes: opt(volumes, {}, `Volumes or folders of the engine's machine, with their place in the container. ${fields}.`, {
    source: 'DockerSpawner.volumes',
    example: { 'jupyterhub-user-{username}': '/home/jovyan/work' },
  }),
  readOnlyVolumes: opt(volumes, {}, 'The same for what containers may only read.', {
    source: 'DockerSpawner.read_only_volumes',
    example: { '/srv/data': '/data' },
  }),
  mounts: opt(
    z.array(z.record(z.string(), z.unknown())),
    [],
    'Mounts in the words of the engine: `{ type, source, target, read_only, … }`. The texts may hold the same fields.',
    { source: 'DockerSpawner.mounts', example: [{ type: 'tmpfs', target: '/scratch' }] },
  ),
  systemUsers: opt(
    z.boolean(),
    false,
    'Every container runs as the account of this machine that has the name of the user, with its home folder.',
    { source: 'SystemUserSpawner' },
  ),
  hostHomedir: opt(
    z.string(),
    '/home/{raw_username}',
    'With systemUsers: home folder on the machine of the engine. Empty: that of the account.',
    { source: 'SystemUserSpawner.host_homedir_format_string' },
  ),
  imageHomedir: opt(z.string().startsWith('/'), '/home/{raw_username}', 'With systemUsers: home folder inside the container.', {
    source: 'SystemUserSpawner.image_homedir_format_string',
  }),
  runAsRoot: opt(z.boolean(), false, 'With systemUsers: starts the container as root, for images that then change to NB_UID themselves.', {
    source: 'SystemUserSpawner.run_as_root',
  }),
}
