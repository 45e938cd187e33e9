import type { Ms } from '../../core/time.ts'
import { keptFilesOf } from '../../core/kept-files.ts'
import type { KeptFiles } from '../../core/kept-files.ts'
import { fillTemplate } from '../../core/single-user-env.ts'
import type { Clock } from '../../lib/clock.ts'
import type { KeepSpec } from '../spawner.ts'
import { createSpec } from './create-spec.ts'
import type { DockerDeps } from './deps.ts'
import type { EngineCall } from './engine-call.ts'
import { inspectImage } from './engine-images.ts'
import { mountedFolders } from './home.ts'
import { chooseImage } from './image.ts'
import { nameFields } from './names.ts'
import { optionsOf } from './start.ts'

/** Stands for a home folder whose path only the image knows. */
const someHome = '~'

/** What lasts of a container: folders at which named volumes and folders of the machine are mounted for writing. */
export async function keptFiles(deps: DockerDeps, spec: KeepSpec): Promise<KeptFiles> {
  const options = optionsOf(deps.options, spec)
  const reference = chooseImage(options, spec.userOptions)
  const account = options.systemUsers ? { uid: 1, gid: 1, home: fillTemplate(options.imageHomedir, nameFields(spec, options)) } : null
  const home = account?.home ?? options.homeDir ?? (await deps.imageHomes(reference))
  const image = { reference, id: '', user: '', command: [], home: home ?? someHome, uid: 0, gid: 0 }
  const start = { ...spec, generation: 0, environment: {}, servicePrefix: '/' }
  const { request } = createSpec({ ...deps, options, spec: start, image, network: '', publishOn: null, account })
  const lasting = mountedFolders(request).filter(({ source, isReadOnly }) => source !== '' && !isReadOnly)
  return keptFilesOf(
    image.home,
    lasting.map(({ target }) => target),
    home !== null,
  )
}

/** Tells the home folder of an image; null when its variables do not say, or the engine does not have it. Never slow. */
export type ImageHomes = (reference: string) => Promise<string | null>

const freshMs: Ms = 60_000
const patienceMs: Ms = 1_000
const keptImages = 200

/** Asks an engine about images, about each once a minute. */
export function createImageHomes(call: EngineCall, clock: Clock): ImageHomes {
  const known = new Map<string, { readonly home: Promise<string | null>; readonly until: Ms }>()
  return (reference) => {
    const before = known.get(reference)
    if (before !== undefined && clock.monotonic() < before.until) return before.home
    const home = homeOf(call, reference).catch(() => null)
    if (known.size >= keptImages) known.clear()
    known.set(reference, { home, until: clock.monotonic() + freshMs })
    return home
  }
}

async function homeOf(call: EngineCall, reference: string): Promise<string | null> {
  const image = await inspectImage(call, reference, AbortSignal.timeout(patienceMs))
  return image?.Config?.Env?.find((line) => line.startsWith('HOME='))?.slice('HOME='.length) || null
}
