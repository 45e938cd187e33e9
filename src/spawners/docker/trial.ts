import { z } from 'zod'
import type { Finding } from '../../core/findings.ts'
import { judgeSingleUser } from '../../core/judge-installation.ts'
import { userSlug } from '../../core/names.ts'
import { singleUserEnvironment } from '../../core/single-user-env.ts'
import type { ExamineContext, StartSpec } from '../spawner.ts'
import { createSpec } from './create-spec.ts'
import type { DockerDeps } from './deps.ts'
import { isObject } from './docker-py-names.ts'
import { createContainer, removeContainer, runInside, startContainer } from './engine-containers.ts'
import { hasStatus } from './engine-call.ts'
import type { Image } from './engine-images.ts'
import { dropNetwork } from './engine-networks.ts'
import { mountedFolders, prepareFolders } from './home.ts'
import { throwAway, userNetworkName } from './names.ts'

/** In whose name the container is made. Nobody has this account: names have no capitals. */
const trialUser = 'Orrery-Doctor'
const serverCommand = 'jupyterhub-singleuser'
/** The container ends by itself after so long, should the hub be gone by then. */
const lifeSeconds = 90
const lookMs = 60_000

type TrialContext = ExamineContext & {
  /** Whether asking the hub makes sense. */
  readonly reaches: boolean
}

/**
 * Makes a container as it would be made for a user, but with a program that sleeps, and looks around in it: is the notebook server there, which
 * version is it, can its user write to the home folder, does it reach the hub. The container, its network and its volumes are gone afterwards.
 * Volumes that would belong to the user become nameless ones; folders of the machine that would belong to the user are left out.
 */
export async function tryContainer(deps: DockerDeps, image: Image, context: TrialContext): Promise<readonly Finding[]> {
  const { call, options, networks, readImage } = deps
  const { place, reach } = await deps.surroundings()
  const facts = await readImage(options.image, image)
  const network = await networks.networkFor(trialUser, place)
  const publishOn = reach.kind === 'published' ? reach.publishOn : null
  const { request, kept } = createSpec({
    options,
    spec: trialSpec(context),
    installation: '',
    image: facts,
    network,
    publishOn,
    account: null,
  })
  const body = withoutUser(request)
  const folders = mountedFolders(body)
  let container: string | null = null
  try {
    container = await createContainer(call, '', body, context.signal)
    const home = { container, image: image.Id, home: kept.home, owner: facts, installation: '', folders, known: new Set<string>() }
    await prepareFolders(call, home, context.signal)
    await startContainer(call, container, context.signal)
    const command = options.cmd?.[0] ?? serverCommand
    const url = context.reaches ? `${context.hubOrigin}${context.apiPath}` : ''
    const seen = await runInside(call, container, ['python3', '-c', lookAround, command, kept.home, url], lookMs)
    return judgeLook(seen, { image: options.image, command, home: kept.home, uid: facts.uid, url, hub: context.hubVersion })
  } finally {
    if (container !== null) await removeContainer(call, container).catch(ignoreBusy)
    for (const { volume } of folders) if (volume !== null && isOfUser(volume)) await removeVolume(deps, volume)
    if (place.kind === 'container' && network === userNetworkName(options.networkName, trialUser))
      await dropNetwork(call, network, [place.container.Id, ...options.networkMembers])
  }
}

/** The engine removes the container by itself as soon as it ends. */
function ignoreBusy(error: unknown): void {
  if (!hasStatus(error, 404, 409)) throw error
}

async function removeVolume({ call }: DockerDeps, name: string): Promise<void> {
  await call.json({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}` }).catch(ignoreBusy)
}

function trialSpec({ hubOrigin, apiPath }: TrialContext): StartSpec {
  const environment = singleUserEnvironment({
    userName: trialUser,
    serverName: '',
    apiToken: '',
    baseUrl: apiPath.replace(/hub\/api\/$/, ''),
    apiUrl: `${hubOrigin}${apiPath.replace(/\/$/, '')}`,
    publicOrigin: null,
    clientAllowedScopes: [],
    cookieHostPrefix: false,
    cookieOptions: null,
  })
  const key = userSlug(trialUser)
  return {
    serverId: 0,
    userName: trialUser,
    serverName: '',
    homeName: trialUser,
    key,
    generation: 0,
    environment,
    servicePrefix: '/',
    userOptions: {},
    profile: null,
  }
}

/** The request with a program that sleeps and vanishes, without the marks of a server, and with nothing that would stay. */
function withoutUser(request: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const host = isObject(request['HostConfig']) ? request['HostConfig'] : {}
  const binds = Array.isArray(host['Binds']) ? host['Binds'].map(String) : []
  const mounts = Array.isArray(host['Mounts']) ? host['Mounts'].filter(isObject) : []
  const own = binds.filter(isOfUser).flatMap((bind) => {
    const [source = '', Target, mode = ''] = bind.split(':')
    const ReadOnly = mode.split(',').includes('ro')
    // Volumes without a name cannot be mounted read-only: these keep theirs, and are removed by it.
    return source.startsWith('/') ? [] : [{ Type: 'volume', Target, ...(ReadOnly ? { Source: source, ReadOnly } : {}) }]
  })
  const named = mounts.flatMap((mount) => {
    const { Source: source, VolumeOptions: _options, ...rest } = mount
    if (typeof source !== 'string' || !isOfUser(source) || mount['ReadOnly'] === true) return [mount]
    return mount['Type'] === 'volume' ? [rest] : []
  })
  return {
    ...request,
    Entrypoint: ['sleep', `${lifeSeconds}`],
    Cmd: [],
    Labels: throwAway('', 'doctor'),
    HostConfig: { ...host, Binds: binds.filter((bind) => !isOfUser(bind)), Mounts: [...named, ...own], AutoRemove: true, PortBindings: {} },
  }
}

const isOfUser = (text: string): boolean => text.includes(userSlug(trialUser)) || text.includes(trialUser)

/** Prints what it found as one line of JSON. The hub is asked without any web proxy, as servers do it. */
const lookAround = `
import json, os, shutil, subprocess, sys, tempfile, urllib.request
command, home, url = sys.argv[1:4]
found = {"command": shutil.which(command) is not None, "version": "", "home": "", "hub": ""}
if shutil.which("jupyterhub-singleuser"):
    try:
        from importlib.metadata import version
        found["version"] = version("jupyterhub")
    except Exception:
        asked = subprocess.run(["jupyterhub-singleuser", "--version"], capture_output=True, text=True, timeout=30)
        found["version"] = asked.stdout.strip()
try:
    tempfile.TemporaryFile(dir=home).close()
except Exception as error:
    found["home"] = str(error)
if url:
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        answer = opener.open(url, timeout=5)
        found["hub"] = "" if answer.headers.get("X-JupyterHub-Version") else "somebody else answers there"
    except Exception as error:
        found["hub"] = str(getattr(error, "reason", error))
print(json.dumps(found))
`

const foundShape = z.object({ command: z.boolean(), version: z.string(), home: z.string(), hub: z.string() })

type Expected = {
  readonly image: string
  readonly command: string
  readonly home: string
  readonly uid: number
  readonly url: string
  readonly hub: string
}

function judgeLook(seen: { exitCode: number; output: string } | null, expected: Expected): readonly Finding[] {
  const { image, command, home, uid, url, hub } = expected
  if (seen === null || seen.exitCode === 126 || seen.exitCode === 127) return [{ code: 'image_unsuitable', detail: { image, command } }]
  const line = seen.output.trim().split('\n').at(-1) ?? ''
  if (seen.exitCode !== 0) return [{ code: 'container_refused', detail: { reason: line || `a small program ends with ${seen.exitCode}` } }]
  const found = foundShape.parse(JSON.parse(line))
  const server: readonly Finding[] = found.command
    ? [{ code: 'image_ready', detail: { image, version: found.version } }, ...judgeSingleUser(found.version, hub)]
    : [{ code: 'image_unsuitable', detail: { image, command } }]
  const homes: Finding =
    found.home === '' ? { code: 'home_ready', detail: { path: home, uid } } : { code: 'home_not_writable', detail: { path: home } }
  if (url === '') return [...server, homes]
  const reached: Finding =
    found.hub === '' ? { code: 'hub_reached', detail: { url } } : { code: 'hub_out_of_reach', detail: { url, reason: found.hub } }
  return [...server, homes, reached]
}
