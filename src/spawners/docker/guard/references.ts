import { registryOf, splitReference } from '../engine-images.ts'

/** An image reference written out: registry, repository, and tag or digest. `python` is `docker.io/library/python:latest`. */
export function canonicalReference(reference: string): string {
  const { repository, tag } = splitReference(reference)
  return canonicalParts(repository, tag)
}

/** The same of the two parameters of a fetch. */
export function canonicalParts(repository: string, tag: string): string {
  const registry = registryOf(repository)
  const rest = repository.startsWith(`${registry}/`) ? repository.slice(registry.length + 1) : repository
  const name = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest
  return `${registry}/${name}${tag.includes(':') ? '@' : ':'}${tag}`
}

/** Whether the two parameters of a fetch are a repository and a tag or digest, and nothing more. */
export const isPlainFetch = (repository: string, tag: string): boolean =>
  /^[a-z0-9][\w.-]*(?::\d+)?(?:\/[\w.-]+)*$/i.test(repository) &&
  !/:[^/]*$/.test(repository.split('/').slice(1).join('/')) &&
  (repository.includes('/') || !repository.includes(':')) &&
  /^(?:\w[\w.-]{0,127}|sha256:[0-9a-f]{64})$/.test(tag)
