import type { FindingRow } from './finding-row.ts'

/** What a look at a container engine can find. */
export const engineFindings = {
  engine_ready: { level: 'good', what: 'The container engine answers at {engine}: version {version}.', why: '', change: '' },
  engine_silent: {
    level: 'bad',
    what: 'No container engine answers at {engine} ({reason}).',
    why: 'No server can start, be seen or be stopped.',
    change: 'systemctl start docker, or spawner.engineUrl',
  },
  engine_forbidden: {
    level: 'bad',
    what: 'The account {account} may not use the container engine at {engine}.',
    why: 'No server can start, be seen or be stopped.',
    change: 'usermod --append --groups docker {account}',
  },
  engine_certificates: {
    level: 'bad',
    what: 'The certificates for the container engine cannot be used ({reason}).',
    why: 'The hub cannot speak to the engine.',
    change: 'spawner.engineTls',
  },
  network_ready: { level: 'good', what: 'The network {network} is there.', why: '', change: '' },
  network_to_make: { level: 'good', what: 'The network {network} is made when the hub starts.', why: '', change: '' },
  network_open: {
    level: 'bad',
    what: 'Containers in the network {network} can reach each other.',
    why: 'spawner.isolateUsers is on, so no server is started in it.',
    change: 'docker network rm {network}',
  },
  image_ready: { level: 'good', what: 'The image {image} has jupyterhub-singleuser {version}.', why: '', change: '' },
  image_there: { level: 'good', what: 'The engine has the image {image}.', why: '', change: '' },
  image_to_fetch: {
    level: 'warn',
    what: 'The engine does not have the image {image} yet.',
    why: 'The first person who starts a server waits until it is fetched.',
    change: 'docker pull {image}',
  },
  image_missing: {
    level: 'bad',
    what: 'There is no image {image}.',
    why: 'No server can start.',
    change: 'spawner.image',
  },
  image_denied: {
    level: 'bad',
    what: 'The registry {registry} does not give out the image {image}.',
    why: 'No server can start on an engine that does not have it.',
    change: 'docker login {registry}, or spawner.dockerConfig',
  },
  image_not_fetched: {
    level: 'bad',
    what: 'The image {image} cannot be fetched from {registry} ({reason}).',
    why: 'No server can start on an engine that does not have it.',
    change: 'spawner.image',
  },
  image_unsuitable: {
    level: 'bad',
    what: 'The image {image} does not contain {command}.',
    why: 'A container without it is no notebook server.',
    change: 'spawner.image',
  },
  hub_reached: { level: 'good', what: 'A container reaches the hub at {url}.', why: '', change: '' },
  hub_out_of_reach: {
    level: 'bad',
    what: 'A container does not reach the hub at {url} ({reason}).',
    why: 'Servers start, but nobody can sign in to them: they ask the hub who somebody is.',
    change: 'hub.connectUrl, or the firewall of the machine',
  },
  hub_address_inside: {
    level: 'bad',
    what: 'hub.connectUrl is {url}, which inside a container means the container itself.',
    why: 'Servers start, but nobody can sign in to them: they ask the hub who somebody is.',
    change: 'hub.connectUrl',
  },
  home_ready: { level: 'good', what: 'The user {uid} of the image can write to the home folder {path}.', why: '', change: '' },
  home_not_writable: {
    level: 'bad',
    what: 'The home folder {path} in the container cannot be written to.',
    why: 'Nothing can be saved, and most servers do not even start.',
    change: 'spawner.volumes, or chown of the folder on the machine',
  },
  volume_missing: {
    level: 'bad',
    what: 'The folder {path} is not there on the machine of the engine.',
    why: 'No container that mounts it can start.',
    change: 'mkdir {path}, or spawner.mounts',
  },
  engine_disk_full: {
    level: 'bad',
    what: 'The disk of the container engine is full.',
    why: 'No container can be made, and nobody can save.',
    change: 'docker system prune',
  },
  memory_limit_low: {
    level: 'warn',
    what: 'Servers may use {limit} MiB of memory.',
    why: 'A notebook server with one kernel needs about {least} MiB; with less it is killed.',
    change: 'spawner.memLimit',
  },
  container_refused: {
    level: 'bad',
    what: 'The engine does not run a container with these settings: {reason}.',
    why: 'No server can start.',
    change: 'spawner',
  },
} as const satisfies Record<string, FindingRow>
