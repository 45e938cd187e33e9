import type { Command, RawCommand } from './command.ts'

/** A line of the table of commands. Only the command that is asked for is loaded. */
export type CommandRow = {
  readonly name: string
  /** A few words for the list of commands. */
  readonly summary: string
  readonly load: () => Promise<{ readonly command: Command } | { readonly rawCommand: RawCommand }>
}

/** Every command, in the order of the help. */
export const commands: readonly CommandRow[] = [
  { name: 'start', summary: 'hub and proxy, kept running', load: () => import('./start.ts') },
  { name: 'hub', summary: 'the hub alone', load: () => import('./hub.ts') },
  { name: 'proxy', summary: 'the proxy alone; takes the flags of configurable-http-proxy', load: () => import('./proxy.ts') },
  {
    name: 'engine-guard',
    summary: 'lets the hub do to a container engine what it has to, and no more',
    load: () => import('./engine-guard.ts'),
  },
  { name: 'init', summary: 'writes a commented configuration', load: () => import('./init.ts') },
  { name: 'check', summary: 'validates the configuration', load: () => import('./check.ts') },
  { name: 'doctor', summary: 'tests the installation for real', load: () => import('./doctor.ts') },
  { name: 'health', summary: 'asks what runs here whether it is well', load: () => import('./health.ts') },
  { name: 'install-service', summary: 'writes the units of systemd', load: () => import('./install-service.ts') },
  { name: 'user add', summary: 'makes an account', load: () => import('./user-add.ts') },
  { name: 'user list', summary: 'lists accounts', load: () => import('./user-list.ts') },
  { name: 'user remove', summary: 'removes an account', load: () => import('./user-remove.ts') },
  { name: 'user files', summary: 'files of people who were removed', load: () => import('./user-files.ts') },
  { name: 'user password', summary: 'sets a password', load: () => import('./user-password.ts') },
  { name: 'token create', summary: 'makes an API token', load: () => import('./token-create.ts') },
  { name: 'token list', summary: 'lists API tokens', load: () => import('./token-list.ts') },
  { name: 'token revoke', summary: 'revokes an API token', load: () => import('./token-revoke.ts') },
  { name: 'db migrate', summary: 'brings the database up to date', load: () => import('./db-migrate.ts') },
  { name: 'db status', summary: 'shows the state of the database', load: () => import('./db-status.ts') },
  { name: 'backup', summary: 'writes database and secrets into one file', load: () => import('./backup.ts') },
  { name: 'restore', summary: 'puts a backup back', load: () => import('./restore.ts') },
  { name: 'import-jupyterhub', summary: 'takes over the people of a JupyterHub', load: () => import('./import-jupyterhub.ts') },
]
