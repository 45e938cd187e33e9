import * as containers from './judge-containers.ts'
import * as programs from './judge-exec.ts'
import * as lists from './judge-lists.ts'
import * as networks from './judge-networks.ts'
import * as others from './judge-others.ts'
import type { Target } from './target.ts'
import { send, type Judge } from './verdict.ts'

/** A call of the engine's API that may pass. `path`: `:id` is any one segment, `**` any number. `query`: the parameters it may have. */
export type Call = {
  readonly method: string
  readonly path: string
  readonly query: readonly string[]
  readonly judge: Judge
}

const call = (method: string, path: string, judge: Judge, query: readonly string[] = []): Call => ({ method, path, judge, query })

/** Every call that the docker spawner makes. What is not here does not pass. */
export const calls: readonly Call[] = [
  call('GET', '_ping', () => send('GET', '/_ping')),
  call('GET', 'info', others.info),
  call('GET', 'events', lists.events, ['filters']),
  call('GET', 'containers/json', lists.list, ['all', 'filters']),
  call('POST', 'containers/create', containers.create, ['name']),
  call('GET', 'containers/:id/json', containers.inspect),
  call('POST', 'containers/:id/start', containers.onOwn('POST', 'start')),
  call('POST', 'containers/:id/stop', containers.onOwn('POST', 'stop'), ['t']),
  call('POST', 'containers/:id/wait', containers.onOwn('POST', 'wait')),
  call('POST', 'containers/:id/rename', containers.rename, ['name']),
  call('DELETE', 'containers/:id', containers.onOwn('DELETE'), ['force', 'v']),
  call('GET', 'containers/:id/logs', containers.onOwn('GET', 'logs'), ['stdout', 'stderr', 'tail']),
  call('GET', 'containers/:id/stats', containers.stats, ['stream', 'one-shot']),
  call('GET', 'containers/:id/archive', containers.onOwn('GET', 'archive'), ['path']),
  call('HEAD', 'containers/:id/archive', containers.onOwn('HEAD', 'archive'), ['path']),
  call('PUT', 'containers/:id/archive', containers.putArchive, ['path']),
  call('POST', 'containers/:id/exec', programs.exec),
  call('POST', 'exec/:id/start', programs.startExec),
  call(
    'GET',
    'exec/:id/json',
    programs.ofOwnExec((id) => send('GET', `/exec/${encodeURIComponent(id)}/json`)),
  ),
  call('GET', 'images/**/json', others.inspectImage),
  call('POST', 'images/create', others.createImage, ['fromImage', 'tag', 'fromSrc', 'repo']),
  call('GET', 'networks', networks.listNetworks, ['filters']),
  call('POST', 'networks/create', networks.createNetwork),
  call('GET', 'networks/:id', networks.inspectNetwork),
  call('DELETE', 'networks/:id', networks.removeNetwork),
  call('POST', 'networks/:id/connect', networks.joinNetwork('connect')),
  call('POST', 'networks/:id/disconnect', networks.joinNetwork('disconnect')),
  call('GET', 'system/df', others.diskUse, ['type']),
  call('POST', 'volumes/create', others.createVolume),
  call('GET', 'volumes', others.listVolumes, ['filters']),
  call('GET', 'volumes/:id', others.onVolume('GET')),
  call('DELETE', 'volumes/:id', others.onVolume('DELETE')),
]

/** The call that a request is, with the parameters of its path; a sentence when it is none of them. */
export function findCall(method: string, { segments, query }: Target): { readonly call: Call; readonly id: string } | string {
  const found = calls.filter((one) => one.method === method).flatMap((one) => ({ call: one, id: match(one.path.split('/'), segments) }))
  // Words come before parameters: `containers/json` is no container.
  const best = found.find(({ call: { path }, id }) => id === '' && !path.includes('**')) ?? found.find(({ id }) => id !== null)
  if (best === undefined || best.id === null) return `${method} /${segments.join('/')} is nothing that a hub has to do`
  const strange = [...query.keys()].find((name) => !best.call.query.includes(name))
  return strange === undefined ? { call: best.call, id: best.id } : `the parameter ${strange} is nothing that a hub has to give`
}

/** The segment in the place of `:id`, '' when the pattern has none, null when it does not match. */
function match(pattern: readonly string[], segments: readonly string[]): string | null {
  if (pattern.includes('**')) return segments[0] === pattern[0] && segments.at(-1) === pattern.at(-1) && segments.length > 2 ? '' : null
  if (pattern.length !== segments.length) return null
  const isSame = pattern.every((word, index) => word === ':id' || word === segments[index])
  return isSame ? (segments[pattern.indexOf(':id')] ?? '') : null
}
