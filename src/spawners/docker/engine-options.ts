import { z } from 'zod'
import { opt, optional, pathText } from '../../core/options.ts'

/** Where an engine listens. */
export const engineUrl = z
  .string()
  .regex(
    /^(?:unix:\/\/\/.+|(?:tcp|https?):\/\/[^/]+\/?)$/,
    "expected 'unix:///var/run/docker.sock', 'tcp://host:2375' or 'https://host:2376'",
  )

/** Where the container engine is, and how containers and the hub reach each other. */
export const engineOptions = {
  engineUrl: optional(
    engineUrl,
    'Where the container engine listens. Unset: what DOCKER_HOST says, else the socket of the system or of the account (rootless).',
    { source: 'DockerSpawner.client_kwargs', env: ['DOCKER_HOST'], example: 'unix:///var/run/docker.sock' },
  ),
  engineTls: optional(
    z.object({ ca: pathText(), cert: pathText(), key: pathText() }),
    'Certificates for an engine behind TLS. Unset: those of DOCKER_CERT_PATH when DOCKER_TLS_VERIFY is set.',
    { source: 'DockerSpawner.tls_config', example: { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' } },
  ),
  networkName: opt(z.string().min(1), 'orrery', 'Network that containers join. Made when it is missing.', {
    source: 'DockerSpawner.network_name',
    env: ['DOCKER_NETWORK_NAME'],
  }),
  isolateUsers: opt(
    z.boolean(),
    true,
    "Containers cannot reach each other's servers. The hub beside the engine: one network without traffic between containers. The hub in a container: a network for each user, which the hub joins.",
  ),
  userNetworkPool: opt(
    z.string().regex(/^\d+\.\d+\.\d+\.\d+\/(?:8|9|1\d|2[0-7])$/, 'expected a range of addresses such as 10.213.0.0/16'),
    '10.213.0.0/16',
    'Range of addresses that the networks of single users are cut from, 16 for each.',
  ),
  networkMembers: opt(
    z.array(z.string().min(1)),
    [],
    'Other containers that join the network of every user, such as that of a proxy of its own.',
    { example: ['orrery-proxy'] },
  ),
  useInternalIp: optional(
    z.boolean(),
    'Whether the hub and the proxy reach a container by its own address (true) or by a port published on `hostIp` (false). Unset: found out from the engine and the network.',
    { source: 'DockerSpawner.use_internal_ip', example: true },
  ),
  hostIp: optional(z.string().min(1), 'Address on which ports are published. Unset: 127.0.0.1, or the host of a remote engine.', {
    source: 'DockerSpawner.host_ip',
    example: '127.0.0.1',
  }),
  extraCreateKwargs: opt(
    z.record(z.string(), z.unknown()),
    {},
    'More for the request that makes a container, laid over everything else. Names as in docker-py (`working_dir`) or as the engine has them (`WorkingDir`).',
    { source: 'DockerSpawner.extra_create_kwargs', example: { user: 'root' } },
  ),
  extraHostConfig: opt(
    z.record(z.string(), z.unknown()),
    {},
    'More for the host part of that request. Names as in docker-py (`shm_size`) or as the engine has them (`ShmSize`).',
    { source: 'DockerSpawner.extra_host_config', example: { shm_size: '1g' } },
  ),
}
