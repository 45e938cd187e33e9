import { engineFindings } from './engine-findings.ts'
import type { ErrorDetail } from './errors.ts'
import type { FindingRow } from './finding-row.ts'
import { installationFindings } from './installation-findings.ts'

/** Everything that a look at a running installation can find. `{name}` is replaced by the detail of that name. */
export const findingCodes = {
  proxy_answers: { level: 'good', what: 'The proxy answers and knows {routes} routes.', why: '', change: '' },
  proxy_silent: {
    level: 'bad',
    what: 'The proxy does not answer the hub.',
    why: 'Servers that start now cannot be reached; open notebooks go on as long as the proxy lives.',
    change: 'proxy.apiUrl',
  },
  spawner_ready: { level: 'good', what: 'The notebook server command is there: {command} {version}.', why: '', change: '' },
  spawner_command_missing: {
    level: 'bad',
    what: 'The command {command} was not found.',
    why: 'No notebook server can start.',
    change: 'spawner.cmd',
  },
  database_ready: { level: 'good', what: 'The database answers ({dialect}).', why: '', change: '' },
  disk_enough: { level: 'good', what: '{free} GB are free for {path}.', why: '', change: '' },
  disk_low: {
    level: 'warn',
    what: 'Only {free} GB are left for {path}.',
    why: 'When the disk is full nobody can save, and the hub cannot write its database.',
    change: '{path}',
  },
  plain_http: {
    level: 'warn',
    what: 'People reach the hub at {url} without encryption.',
    why: 'Passwords and notebooks can be read on their way through the network.',
    change: 'proxy.tls',
  },
  dummy_sign_in: {
    level: 'bad',
    what: 'Anybody can sign in with any name.',
    why: 'The dummy authenticator is meant for trying things out on one machine.',
    change: 'authenticators',
  },
  everybody_comes_in: {
    level: 'warn',
    what: 'Everybody whom an authenticator knows may sign in and run code.',
    why: 'At a public provider that is everybody in the world. Name people, a group or a domain instead, if that is not meant.',
    change: 'access.allowAll',
  },
  nobody_comes_in: {
    level: 'warn',
    what: 'Nobody may sign in through {authenticators}: no rule lets anybody in.',
    why: 'Whoever tries is told that they are not on the list.',
    change: 'access.allowedUsers',
  },
  same_account: {
    level: 'warn',
    what: 'All notebook servers run under the account of the hub.',
    why: 'People who write code can read the files of others, and those of the hub. Good for one person or for people who trust each other.',
    change: 'spawner.systemUsers',
  },
  one_origin: {
    level: 'warn',
    what: 'The servers of everybody share the host {host} with the hub.',
    why: 'The page that somebody writes can act in the browser of a visitor, with the rights of the visitor. Good among people who trust each other.',
    change: 'hub.subdomainHost',
  },
  failing_starts: {
    level: 'warn',
    what: '{count} servers have failed and were not started again.',
    why: 'Their owners may be waiting for help; the page of each one says why.',
    change: '',
  },
  ...installationFindings,
  ...engineFindings,
} as const satisfies Record<string, FindingRow>

/** The stable name of a finding. */
export type FindingCode = keyof typeof findingCodes

/** One thing that was found. */
export type Finding = { readonly code: FindingCode; readonly detail: ErrorDetail }
