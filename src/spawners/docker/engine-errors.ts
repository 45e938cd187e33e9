import { userInfo } from 'node:os'
import { HubError } from '../../core/errors.ts'
import { EngineFailure } from './engine-call.ts'

/** What was being done when the engine refused. */
export type Doing = {
  readonly url: string
  readonly image?: string
  readonly network?: string
  readonly command?: string
  readonly volume?: string
}

type Sign = { readonly pattern: RegExp; readonly means: (match: RegExpExecArray, doing: Doing) => HubError }

/** What the engine says when it cannot do something, the surest first. */
const signs: readonly Sign[] = [
  {
    pattern: /exec: "?([^":]+)"?: (?:executable file not found|stat .*no such file)|stat (\S+): no such file or directory: unknown/,
    means: ([, program, path], { image = '', command }) =>
      new HubError('server_image_unsuitable', { image, command: program ?? path ?? command ?? '' }),
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    means: (_, { volume }) => new HubError('server_disk_full', { path: volume ?? "the engine's storage" }),
  },
  {
    pattern: /(?:bind source path does not exist|invalid mount config.*?): (\S+)/,
    means: ([, path = '']) => new HubError('server_volume_missing', { path }),
  },
  { pattern: /network (\S+) not found/, means: ([, network = '']) => new HubError('server_network_missing', { network }) },
  { pattern: /No such image: (\S+)/, means: ([, image = '']) => new HubError('image_not_found', { image }) },
  {
    pattern: /(?:port is already allocated|address already in use)/,
    means: () => new HubError('server_port_taken', { port: 'of the machine' }),
  },
  {
    pattern: /could not select device driver "?[^"]*"? with capabilities: \[\[gpu/,
    means: () => new HubError('engine_refused', { reason: 'it has no GPUs, or no container toolkit for them' }),
  },
  {
    pattern: /(?:all predefined address pools have been|could not find an available.*address pool)/,
    means: () => new HubError('engine_refused', { reason: 'it has no address range left for another network' }),
  },
  {
    pattern: /Minimum memory limit|minimum memory|memory limit too low|cannot set memory/i,
    means: () => new HubError('engine_refused', { reason: 'the memory limit is smaller than the engine can give' }),
  },
]

/** A failure of the engine as the error that an operator understands. What is no failure of the engine comes back as it is. */
export function engineError(error: unknown, doing: Doing): unknown {
  if (!(error instanceof EngineFailure)) return error
  // An engine guard answers with 502 when the engine behind it is away.
  if (error.status === null || error.status === 502) return unreachable(error, doing)
  for (const { pattern, means } of signs) {
    const match = pattern.exec(error.message)
    if (match !== null) return withCause(means(match, doing), error)
  }
  return new HubError('engine_refused', { reason: oneLine(error.message) }, { cause: error })
}

function unreachable(error: EngineFailure, { url }: Doing): HubError {
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return new HubError('engine_denied', { engine: url, account: userInfo().username }, { cause: error })
  return new HubError('engine_unreachable', { engine: url, reason: oneLine(error.code ?? error.message) }, { cause: error })
}

const withCause = (made: HubError, cause: unknown): HubError => new HubError(made.code, made.detail, { cause })

const oneLine = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .slice(0, 300)
    .replace(/[.:\s]+$/, '')

/** Runs the work; failures of the engine come out as errors that an operator understands. */
export async function explained<T>(doing: Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw engineError(error, doing)
  }
}
