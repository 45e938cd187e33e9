import type { FindingCode } from '../../src/core/findings.ts'

/** Installations with one thing wrong, by a short name: what is wrong, and what the doctor calls it. The test makes every one for real. */
export const setUps = {
  engineDown: { what: 'No engine behind the socket.', code: 'engine_silent' },
  socketClosed: { what: 'The account may not use the socket of the engine.', code: 'engine_forbidden' },
  engineCertificates: { what: 'The files of spawner.engineTls are missing.', code: 'engine_certificates' },
  openNetwork: { what: 'spawner.networkName names a network in which containers reach each other.', code: 'network_open' },
  hubOnLoopback: { what: 'hub.connectUrl is http://127.0.0.1:….', code: 'hub_address_inside' },
  hubElsewhere: { what: 'hub.connectUrl names a port on which nobody listens.', code: 'hub_out_of_reach' },
  imageMissing: { what: 'spawner.image is not there, and spawner.pullPolicy is never.', code: 'image_missing' },
  registryDown: { what: 'spawner.image names a registry that is not there.', code: 'image_not_fetched' },
  pullDenied: { what: 'The registry wants a password that the hub does not have.', code: 'image_denied' },
  bareImage: { what: 'The image has no jupyterhub-singleuser.', code: 'image_unsuitable' },
  wrongCommand: { what: 'spawner.cmd names a program that the image does not have.', code: 'image_unsuitable' },
  oldServer: { what: 'The image has jupyterhub 1.5.', code: 'single_user_old' },
  readOnlyHome: { what: 'The home folder is a volume mounted read-only.', code: 'home_not_writable' },
  homeOfRoot: { what: 'The home folder is a folder of the machine that belongs to root.', code: 'home_not_writable' },
  mountMissing: { what: 'spawner.mounts names a folder that is not there.', code: 'volume_missing' },
  littleMemory: { what: 'spawner.memLimit is 64M.', code: 'memory_limit_low' },
  hardlyMemory: { what: 'spawner.memLimit is 1K.', code: 'container_refused' },
  noGpu: { what: 'spawner.gpus on a machine without one.', code: 'container_refused' },
  portTaken: { what: 'Another program listens on the port of hub.bindUrl.', code: 'port_taken' },
  tlsMismatch: { what: 'The certificate is that of another key.', code: 'tls_mismatch' },
  tlsGarbage: { what: 'The certificate file holds something else.', code: 'tls_unusable' },
  tlsOver: { what: 'The certificate has expired.', code: 'tls_expired' },
  tlsOtherHost: { what: 'The certificate is for another host than that of hub.publicUrl.', code: 'tls_other_host' },
  publicUrl: { what: 'hub.publicUrl leads elsewhere while the hub runs.', code: 'public_url_wrong' },
  frontUpgrade: { what: 'nginx in front does not pass on upgrades.', code: 'front_no_upgrade' },
  frontHost: { what: 'nginx in front says another host.', code: 'front_changes_host' },
  frontHttps: { what: 'nginx in front does not say that people use https.', code: 'front_not_believed' },
  userHosts: { what: 'hub.subdomainHost without DNS and certificate for the hosts below it.', code: 'user_hosts_unreached' },
  openSecret: { what: 'Everybody can read a secret file.', code: 'secret_file_open' },
  openFolder: { what: 'Everybody can look into the data directory.', code: 'data_dir_open' },
  databaseDown: { what: 'database.url names a PostgreSQL that is not there.', code: 'database_silent' },
} as const satisfies Record<string, { readonly what: string; readonly code: FindingCode }>

/** Short name of a set-up. */
export type SetUpName = keyof typeof setUps
