import { HubError } from '../../core/errors.ts'
import type { Handle } from '../../core/server-state.ts'
import type { StartContext, StartSpec } from '../spawner.ts'
import { withProfile } from '../with-profile.ts'
import { accountOf, refuseClosedCommand } from './account.ts'
import { isMarked, openFolder, prune, readClaim, type Claim } from './claim.ts'
import { findCommand, isJupyterCommand } from './command.ts'
import { searchPath, serverEnvironment, type Surroundings } from './environment.ts'
import { countKernelKills, markOf, noteFacts } from './facts.ts'
import { filesOf, toJson, type ProcessHandle } from './handle.ts'
import { prepareHome, storageError } from './home.ts'
import { launch } from './launch.ts'
import type { ProcessOptions } from './options.ts'
import { originOf, reachableIp, type PortChooser } from './ports.ts'

type Deps = Surroundings & { readonly options: ProcessOptions; readonly dataDir: string; readonly choosePort: PortChooser }

/** See `Spawner.start`. */
export async function startRun(
  deps: Deps,
  handle: ProcessHandle,
  spec: StartSpec,
  context: StartContext,
): Promise<{ url: string; handle: Handle }> {
  const earlier = await readClaim(handle)
  if (earlier.kind !== 'free') return await adopt(handle, earlier, context)
  await context.announce({ phase: 'preparing' })
  const options = withProfile(deps.options, spec.profile)
  const account = await accountOf(spec, options, deps.dataDir)
  const [program = '', ...words] = options.cmd
  const path = await findCommand(program, options.environment['PATH'] ?? searchPath(deps))
  if (path === null) throw new HubError('server_command_not_found', { command: program })
  await prepareHome(account)
  await refuseClosedCommand(account, path)
  const port = await deps.choosePort(options.ip, options.port)
  const environment = serverEnvironment(spec, options, account, deps, `${originOf(options.ip, port)}${spec.servicePrefix}`)
  await noteRun(handle, options, environment)
  await context.announce({ phase: 'creating' })
  const command = [path, ...words, ...options.args, ...rootArguments(path, options)]
  await launch(
    handle,
    { url: originOf(reachableIp(options.ip), port), become: account.become, home: account.home, command, environment },
    context.signal,
  )
  return await adopt(handle, await readClaim(handle), context)
}

/** Jupyter refuses to run as root unless told to. Where the hub is root and has no accounts to give, there is no other way. */
function rootArguments(path: string, { systemUsers, args }: ProcessOptions): string[] {
  const isRoot = process.getuid?.() === 0 && !systemUsers
  return isRoot && isJupyterCommand(path) && !args.includes('--allow-root') ? ['--allow-root'] : []
}

async function noteRun(handle: ProcessHandle, options: ProcessOptions, environment: Readonly<Record<string, string>>): Promise<void> {
  try {
    await openFolder(handle)
    await prune(handle)
    const kernelKills = await countKernelKills()
    await noteFacts(handle, { memLimit: options.memLimit ?? null, kernelKills }, markOf(new Map(Object.entries(environment))))
  } catch (cause) {
    throw storageError(cause, handle.folder)
  }
}

/** Takes what holds the claim, whoever started it, as the server of the handle. */
async function adopt(
  handle: ProcessHandle,
  claim: Claim,
  { keepHandle, announce }: StartContext,
): Promise<{ url: string; handle: Handle }> {
  if (claim.kind === 'free') throw new HubError('spawner_failed', { reason: 'the launcher could not write its claim' })
  if (claim.kind === 'void' || (await isMarked(filesOf(handle).stop)))
    throw new HubError('spawner_failed', { reason: 'this start was ended before' })
  const noted = toJson({ ...handle, leader: claim.leader, url: claim.url })
  await keepHandle(noted)
  await announce({ phase: 'booting' })
  return { url: claim.url, handle: noted }
}
