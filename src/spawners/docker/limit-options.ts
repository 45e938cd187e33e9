import { z } from 'zod'
import { opt, optional } from '../../core/options.ts'
import { bytesSchema } from '../../core/units.ts'

const gpus = z.union([z.literal('all'), z.int().min(1), z.array(z.string().min(1)).min(1)])

/** What one container may use, and what it may do. */
export const limitOptions = {
  pidsLimit: opt(z.int().min(0), 2048, 'How many processes and threads one container may have. 0: as many as the machine allows.', {
    unit: 'processes',
  }),
  shmSize: optional(bytesSchema, "Size of /dev/shm in a container. Unset: the engine's own, 64 MB. PyTorch loaders want more.", {
    unit: 'bytes',
    example: '1G',
  }),
  gpus: optional(gpus, 'GPUs that containers see: `all`, a number, or a list of their ids. Needs the container toolkit of the maker.', {
    example: 'all',
  }),
  devices: opt(z.array(z.string().startsWith('/dev/')), [], 'Devices that containers see: `/dev/x`, `/dev/x:/dev/y`, `/dev/x:/dev/y:rw`.', {
    example: ['/dev/fuse'],
  }),
  noNewPrivileges: opt(
    z.boolean(),
    true,
    'Nothing in a container can gain rights, for example by sudo. Left out for containers that begin as root.',
  ),
  capDrop: opt(
    z.array(z.string().min(1)),
    ['ALL'],
    'Capabilities that containers do not have. Left out for containers that begin as root.',
  ),
  init: opt(z.boolean(), false, 'Puts a small init process of the engine before the command. Notebook images bring their own.'),
}
