import { serverUrl } from '../core/addresses.ts'
import { escapePath } from '../core/names.ts'
import type { Ui } from './ui.ts'

type Prefixes = Pick<Ui, 'hubPrefix' | 'baseUrl' | 'subdomainHost'>

/** Which server a link is about; an empty `name` is the default one. */
export type ServerName = { readonly userName: string; readonly name: string }

const underHub = (ui: Prefixes, page: string, server: ServerName): string => {
  const tail = server.name === '' ? '' : `/${escapePath(server.name)}`
  return `${ui.hubPrefix}${page}/${escapePath(server.userName)}${tail}`
}

const withNext = (path: string, next: string | null): string => (next === null ? path : `${path}?next=${encodeURIComponent(next)}`)

/** The running server itself. */
export const openLink = (ui: Prefixes, server: ServerName): string => serverUrl(ui, server.userName, server.name)
/** Starts the server, then goes to `next`. */
export const spawnLink = (ui: Prefixes, server: ServerName, next: string | null = null): string =>
  withNext(underHub(ui, 'spawn', server), next)
/** Shows how its start goes. */
export const pendingLink = (ui: Prefixes, server: ServerName, next: string | null = null): string =>
  withNext(underHub(ui, 'spawn-pending', server), next)
/** POST: stops it, or cancels its start. */
export const stopLink = (ui: Prefixes, server: ServerName): string => underHub(ui, 'stop', server)
/** POST: stops a named server and removes it. */
export const removeLink = (ui: Prefixes, server: ServerName): string => underHub(ui, 'remove', server)
/** Page with the last lines of its log. */
export const logLink = (ui: Prefixes, server: ServerName): string => underHub(ui, 'server-log', server)
/** Its progress as server-sent events. */
export const progressLink = (ui: Prefixes, server: ServerName): string => {
  const user = `${ui.hubPrefix}api/users/${escapePath(server.userName)}`
  return server.name === '' ? `${user}/server/progress` : `${user}/servers/${escapePath(server.name)}/progress`
}
/** One person in the administration; `action` is the last part of a form's address. */
export const personLink = (ui: Prefixes, userName: string, action = ''): string =>
  `${ui.hubPrefix}admin/people/${escapePath(userName)}${action === '' ? '' : `/${action}`}`
