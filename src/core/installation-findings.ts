import type { FindingRow } from './finding-row.ts'

/** What a look at files, ports, addresses and programs can find. */
export const installationFindings = {
  hub_stopped: { level: 'good', what: 'The hub does not run at the moment.', why: '', change: '' },
  port_taken: {
    level: 'bad',
    what: 'Port {port} on {host} is used by another program.',
    why: 'Orrery cannot start.',
    change: '{option}',
  },
  port_refused: {
    level: 'bad',
    what: 'This account cannot listen on port {port} of {host} ({reason}).',
    why: 'Orrery cannot start.',
    change: '{option}',
  },
  files_closed: { level: 'good', what: 'Nobody else can read the secrets and the database in {path}.', why: '', change: '' },
  data_dir_new: { level: 'good', what: 'The data directory {path} is made by the first start.', why: '', change: '' },
  data_dir_open: {
    level: 'warn',
    what: 'Other accounts of the machine can look into the data directory {path}.',
    why: 'It holds the secrets and the database of the hub.',
    change: 'chmod 700 {path}',
  },
  data_dir_not_writable: {
    level: 'bad',
    what: 'The account {account} cannot write to the data directory {path}.',
    why: 'The hub cannot start.',
    change: 'chown {account} {path}',
  },
  secret_file_open: {
    level: 'bad',
    what: 'Other accounts of the machine can read the secret file {path}.',
    why: 'Who knows it can sign in as anybody. The hub does not start with it.',
    change: 'chmod 600 {path}',
  },
  database_file_open: {
    level: 'warn',
    what: 'Other accounts of the machine can read the database {path}.',
    why: 'It holds names, activity and the hashes of passwords and tokens.',
    change: 'chmod 600 {path}',
  },
  database_new: { level: 'good', what: 'The database is made by the first start.', why: '', change: '' },
  database_silent: {
    level: 'bad',
    what: 'The database cannot be used ({reason}).',
    why: 'The hub cannot start.',
    change: 'database.url',
  },
  public_url_reached: { level: 'good', what: 'This hub answers at its public address {url}.', why: '', change: '' },
  public_url_wrong: {
    level: 'bad',
    what: 'This hub does not answer at its public address {url} ({reason}).',
    why: 'Links, invitations and sign-in lead people there.',
    change: 'hub.publicUrl',
  },
  tls_ready: { level: 'good', what: 'Key and certificate fit; the certificate is valid for another {days} days.', why: '', change: '' },
  tls_unusable: {
    level: 'bad',
    what: 'The TLS files cannot be used ({reason}).',
    why: 'The proxy cannot start.',
    change: 'proxy.tls',
  },
  tls_mismatch: {
    level: 'bad',
    what: 'The certificate {cert} does not belong to the key {key}.',
    why: 'The proxy cannot start.',
    change: 'proxy.tls',
  },
  tls_expired: {
    level: 'bad',
    what: 'The certificate is not valid now: only from {from} to {to}.',
    why: 'Browsers refuse to open the hub.',
    change: 'proxy.tls.cert',
  },
  tls_expiring: {
    level: 'warn',
    what: 'The certificate is valid for another {days} days only.',
    why: 'After that browsers refuse to open the hub.',
    change: 'proxy.tls.cert',
  },
  tls_other_host: {
    level: 'warn',
    what: 'The certificate is not for {host}.',
    why: 'Browsers warn everybody who opens the hub.',
    change: 'proxy.tls.cert',
  },
  tls_key_open: {
    level: 'warn',
    what: 'Other accounts of the machine can read the private key {path}.',
    why: 'Who has it can pretend to be this hub.',
    change: 'chmod 600 {path}',
  },
  clock_skew: {
    level: 'warn',
    what: 'The clock of {other} and that of the hub are {seconds} s apart.',
    why: 'Tokens and sessions count as expired too early, and logs do not fit together.',
    change: 'timedatectl set-ntp true',
  },
  single_user_old: {
    level: 'bad',
    what: 'jupyterhub-singleuser has the version {version}, and at least {least} is needed.',
    why: 'It does not know how this hub lets people in.',
    change: "pip install 'jupyterhub=={hub}'",
  },
  single_user_other: {
    level: 'warn',
    what: 'jupyterhub-singleuser has the version {version}; this hub speaks that of {hub}.',
    why: 'Most things work, but not every mix has been tried.',
    change: "pip install 'jupyterhub=={hub}'",
  },
} as const satisfies Record<string, FindingRow>
