import { HubError } from '../../core/errors.ts'
import type { Handle } from '../../core/server-state.ts'
import type { StartContext, StartSpec } from '../spawner.ts'
import { withProfile } from '../with-profile.ts'
import { createSpec, type CreateSpec, type ImageFacts, type SystemAccount } from './create-spec.ts'
import type { DockerDeps } from './deps.ts'
import { hasStatus } from './engine-call.ts'
import { createContainer, inspectContainer, removeContainer, runInside, startContainer } from './engine-containers.ts'
import { explained } from './engine-errors.ts'
import { toJson, type DockerHandle } from './handle.ts'
import { mountedFolders, prepareFolders, type Owner } from './home.ts'
import { chooseImage, prepareImage } from './image.ts'
import { accountIn } from './image-facts.ts'
import { find, isUnborn, nowhere, urlOf } from './look.ts'
import { labels } from './names.ts'
import { createVolume } from './engine-volumes.ts'
import { systemAccountOf } from './system-account.ts'
import { ownerLabels } from './volumes.ts'

/** How often making a container is tried anew while the name is taken by what is just going away, and the pause between, milliseconds. */
const nameTries = { count: 100, pauseMs: 50 }

/** See `Spawner.start`. */
export async function startRun(
  common: DockerDeps,
  handle: DockerHandle,
  spec: StartSpec,
  context: StartContext,
): Promise<{ url: string; handle: Handle }> {
  context.signal.throwIfAborted()
  const deps = { ...common, options: optionsOf(common.options, spec) }
  const { options, call } = deps
  const image = chooseImage(options, spec.userOptions)
  return await explained(
    { url: call.url, image, network: options.networkName, ...(options.cmd === undefined ? {} : { command: options.cmd[0] ?? '' }) },
    async () => {
      await refuseEnded(deps, handle)
      await context.announce({ phase: 'preparing' })
      const wanted = await want(deps, spec, image, context)
      await context.announce({ phase: 'creating' })
      const births = await deps.births()
      const id = await births.run(() => bring(deps, handle, wanted, context), context.signal)
      return await adopt(deps, handle, id, context)
    },
  )
}

/** The options of this start: a profile replaces the image and adds its volumes. */
export function optionsOf(options: DockerDeps['options'], { profile }: Pick<StartSpec, 'profile'>): DockerDeps['options'] {
  if (profile === null) return options
  const volumes = { ...options.volumes, ...profile.volumes }
  return { ...withProfile(options, profile), image: profile.image ?? options.image, volumes }
}

async function refuseEnded({ call }: DockerDeps, handle: DockerHandle): Promise<void> {
  const found = await find(call, handle)
  if (found.kind === 'over') throw over()
}

const over = (): HubError => new HubError('spawner_failed', { reason: 'this start was ended before' })

type Wanted = { readonly create: CreateSpec; readonly image: ImageFacts; readonly account: SystemAccount | null }

/** The image, the network and the request. */
async function want(deps: DockerDeps, spec: StartSpec, reference: string, context: StartContext): Promise<Wanted> {
  const { options, installation, networks } = deps
  const { place, reach } = await deps.surroundings()
  const account = await systemAccountOf(spec, options)
  const image = await prepareImage(deps, reference, context)
  const network = await networks.networkFor(spec.userName, place)
  const publishOn = reach.kind === 'published' ? reach.publishOn : null
  const create = createSpec({ options, spec, installation, image, network, publishOn, account })
  for (const volume of create.kept.ownVolumes) await createVolume(deps.call, volume, ownerLabels({ spec, installation }))
  return { create, image, account }
}

/** Makes the container of this run and starts it, unless somebody has. Gives its id. */
async function bring(deps: DockerDeps, handle: DockerHandle, wanted: Wanted, context: StartContext): Promise<string> {
  const { id, isNew } = await make(deps, handle, wanted.create, context)
  await context.keepHandle(toJson({ ...handle, id }))
  if (isNew) await bringToLife(deps, id, wanted, context)
  return id
}

/** A container that was made or found, and whether it was never started. */
type Placed = { readonly id: string; readonly isNew: boolean }

/** Makes the container of this run, or takes the one that is there when it was made from the same. What is left of earlier runs goes. */
async function make(
  { call, clock }: DockerDeps,
  handle: DockerHandle,
  { request, hash }: CreateSpec,
  context: StartContext,
): Promise<Placed> {
  for (let tries = 0; tries < nameTries.count; tries += 1) {
    context.signal.throwIfAborted()
    const found = await find(call, handle, context.signal)
    if (found.kind === 'over') throw over()
    if (found.kind === 'foreign') throw new HubError('server_container_name_taken', { name: handle.name })
    if (found.kind === 'own' && found.container.Config.Labels?.[labels.spec] === hash)
      return { id: found.container.Id, isNew: isUnborn(found.container) }
    if (found.kind === 'own')
      await context.announce({ phase: 'creating', message: 'The container is replaced: its settings have changed.' })
    if (found.kind !== 'nothing') await removeContainer(call, found.container.Id)
    const made = await createNamed(call, handle.name, request, context.signal)
    if (made !== null) return { id: made, isNew: true }
    await clock.sleep(nameTries.pauseMs, context.signal)
  }
  throw new HubError('server_container_name_taken', { name: handle.name })
}

/** The id of the new container; null when somebody else has the name at this moment, or the network has a double. */
async function createNamed(call: DockerDeps['call'], name: string, request: object, signal: AbortSignal): Promise<string | null> {
  try {
    return await createContainer(call, name, request, signal)
  } catch (error) {
    if (hasStatus(error, 409) || isAmbiguous(error)) return null
    throw error
  }
}

/** Hubs that start at once may have made two networks of one name. Whoever made one removes it again when it is not the oldest. */
const isAmbiguous = (error: unknown): boolean => hasStatus(error, 400) && error instanceof Error && error.message.includes('is ambiguous')

async function startWhenClear({ call, clock }: DockerDeps, id: string, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startContainer(call, id, signal)
    } catch (error) {
      if (!isAmbiguous(error) || tries === nameTries.count) throw error
      await clock.sleep(nameTries.pauseMs, signal)
    }
  }
}

/** By its id: when the container was removed meanwhile, because the start was ended, nothing comes to life. */
async function bringToLife(deps: DockerDeps, id: string, wanted: Wanted, context: StartContext): Promise<void> {
  const { call } = deps
  const { image, create } = wanted
  try {
    const folders = mountedFolders(create.request)
    const owner = ownerOf(wanted)
    const { installation, knownFolders: known } = deps
    const facts = { container: id, image: image.id, home: create.kept.home, owner, installation, folders, known }
    await prepareFolders(call, facts, context.signal)
    await startWhenClear(deps, id, context.signal)
  } catch (error) {
    if (hasStatus(error, 404) && (await inspectContainer(call, id)) === null) throw over()
    // Two hubs may start the same container: the second one finds it started, or already ended.
    if (!hasStatus(error, 409)) throw error
  }
}

/** Who the program of the container runs as. A user that the request names by number counts; one by name is that of the image. */
function ownerOf({ create, image, account }: Wanted): Owner {
  const user = create.request['User']
  if (account !== null && user !== '0') return account
  return typeof user === 'string' && user !== '' ? accountIn({ passwd: '', group: '' }, user) : image
}

/** Takes the container, whoever started it, as the server of the handle. */
async function adopt(deps: DockerDeps, handle: DockerHandle, id: string, context: StartContext): Promise<{ url: string; handle: Handle }> {
  const { call, options } = deps
  const container = await inspectContainer(call, id)
  if (container === null) throw over()
  const { reach } = await deps.surroundings()
  const url = (container.State.Running ? urlOf(container, options, reach) : handle.url) ?? nowhere(options)
  const noted = toJson({ ...handle, id, url })
  await context.keepHandle(noted)
  await context.announce({ phase: 'booting' })
  if (options.postStartCmd !== undefined && container.State.Running) await runInside(call, id, options.postStartCmd)
  return { url, handle: noted }
}
