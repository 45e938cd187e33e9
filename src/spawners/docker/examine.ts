import { z } from 'zod'
import { HubError, type ErrorCode } from '../../core/errors.ts'
import type { Finding, FindingCode } from '../../core/findings.ts'
import { judgeClocks, judgeMemory } from '../../core/judge-installation.ts'
import { isLoopback } from '../../core/option-schemas.ts'
import type { ExamineContext } from '../spawner.ts'
import type { DockerDeps } from './deps.ts'
import { explained } from './engine-errors.ts'
import { inspectImage, registryOf, type Image } from './engine-images.ts'
import { inspectNetwork, letsContainersTalk } from './engine-networks.ts'
import { tryContainer } from './trial.ts'

/** See `Spawner.examine`. What comes later is only looked at when what it needs is in order. */
export async function examineEngine(deps: DockerDeps, context: ExamineContext): Promise<readonly Finding[]> {
  const engine = await told(deps, context, () => lookAtEngine(deps))
  const memory = judgeMemory(deps.options.memLimit)
  if (isBroken(engine)) return [...engine, ...memory]
  const network = await told(deps, context, () => lookAtNetwork(deps))
  const address = judgeHubAddress(deps, context)
  const { image, findings } = await lookAtImage(deps, context)
  const before = [...engine, ...network, ...address, ...memory]
  if (image === null || !context.tries || isBroken(network)) return [...before, ...findings]
  const tried = await told(deps, context, () => tryContainer(deps, image, { ...context, reaches: address.length === 0 }))
  return [...before, ...tried]
}

const breaking: ReadonlySet<string> = new Set<FindingCode>(['engine_silent', 'engine_forbidden', 'container_refused', 'network_open'])
const isBroken = (findings: readonly Finding[]): boolean => findings.some(({ code }) => breaking.has(code))

/** The findings, or the one that an error of the engine means. */
async function told(deps: DockerDeps, { signal }: ExamineContext, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await explained({ url: deps.call.url, image: deps.options.image, network: deps.options.networkName }, look)
  } catch (error) {
    signal.throwIfAborted()
    return [findingOf(error, deps.options.image)]
  }
}

const meanings: Partial<Record<ErrorCode, FindingCode>> = {
  engine_unreachable: 'engine_silent',
  engine_denied: 'engine_forbidden',
  image_not_found: 'image_missing',
  image_pull_denied: 'image_denied',
  image_pull_failed: 'image_not_fetched',
  server_image_unsuitable: 'image_unsuitable',
  server_network_open: 'network_open',
  server_home_not_writable: 'home_not_writable',
  server_volume_missing: 'volume_missing',
  server_disk_full: 'engine_disk_full',
}

/** What an error of the engine is for somebody who looks at the installation. */
function findingOf(error: unknown, image: string): Finding {
  if (!(error instanceof HubError))
    return { code: 'container_refused', detail: { reason: error instanceof Error ? error.message : 'unknown' } }
  if (error.code === 'image_pull_stalled')
    return { code: 'image_not_fetched', detail: { image, registry: registryOf(image), reason: 'it stopped sending' } }
  const code = meanings[error.code]
  if (code !== undefined) return { code, detail: error.detail }
  const { reason } = error.detail
  return { code: 'container_refused', detail: { reason: typeof reason === 'string' ? reason : error.message.replace(/\.$/, '') } }
}

const infoShape = z.object({ ServerVersion: z.string().catch(''), SystemTime: z.string().catch('') })

async function lookAtEngine({ call, clock }: DockerDeps): Promise<readonly Finding[]> {
  const { ServerVersion, SystemTime } = infoShape.parse(await call.json({ method: 'GET', path: '/info', timeoutMs: 15_000 }))
  const detail = { engine: call.url, version: ServerVersion }
  return [{ code: 'engine_ready', detail }, ...judgeClocks(call.url, Date.parse(SystemTime), clock.now())]
}

/** A hub in a container makes a network for each user; that of all is not used then. */
async function lookAtNetwork({ call, options, surroundings }: DockerDeps): Promise<readonly Finding[]> {
  const { networkName: network, isolateUsers } = options
  const { place } = await surroundings()
  if (network === 'host' || network === 'none' || (place.kind === 'container' && isolateUsers)) return []
  const found = await inspectNetwork(call, network)
  if (found === null) return [{ code: 'network_to_make', detail: { network } }]
  const isOpen = isolateUsers && found.Driver === 'bridge' && letsContainersTalk(found)
  return [{ code: isOpen ? 'network_open' : 'network_ready', detail: { network } }]
}

function judgeHubAddress({ options }: DockerDeps, { hubOrigin }: ExamineContext): readonly Finding[] {
  const host = new URL(hubOrigin).hostname.replace(/^\[|\]$/g, '')
  return isLoopback(host) && options.networkName !== 'host' ? [{ code: 'hub_address_inside', detail: { url: hubOrigin } }] : []
}

type Looked = { readonly image: Image | null; readonly findings: readonly Finding[] }

/** The image, fetched when that is wanted and allowed. */
async function lookAtImage(deps: DockerDeps, context: ExamineContext): Promise<Looked> {
  const { call, options, puller } = deps
  const { image: reference, pullPolicy } = options
  const mayFetch = pullPolicy === 'ifnotpresent' || pullPolicy === 'always'
  let image: Image | null = null
  const findings = await told(deps, context, async () => {
    image = await inspectImage(call, reference)
    if (image === null && mayFetch && context.fetches) {
      await puller.pull(reference, () => {}, context.signal)
      image = await inspectImage(call, reference)
    }
    if (image !== null) return [{ code: 'image_there', detail: { image: reference } }]
    const code = mayFetch && !context.fetches ? 'image_to_fetch' : 'image_missing'
    return [{ code, detail: { image: reference } }]
  })
  return { image, findings }
}
