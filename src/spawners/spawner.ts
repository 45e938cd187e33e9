import type { ErrorRecord } from '../core/errors.ts'
import type { Finding } from '../core/findings.ts'
import type { Json, JsonObject } from '../core/json.ts'
import type { KeptImage } from '../core/kept-image.ts'
import type { FilesFound } from '../core/left-files.ts'
import type { KeptFiles } from '../core/kept-files.ts'
import type { ProfileOverrides } from '../core/profiles.ts'
import type { Handle, Observation } from '../core/server-state.ts'
import type { Readable } from 'node:stream'
import type { Reading } from '../core/usage.ts'

/** Which server is meant. `key` is injective over (user, server) and safe in file, container and host names. */
export type ServerRef = {
  readonly serverId: number
  readonly userName: string
  readonly serverName: string
  /** The name under which the owner's files are kept: that of the account when it was made. It stays when the account is renamed, and is never given to anybody else. */
  readonly homeName: string
  /** From `core/names.objectSlug(user, server)`. */
  readonly key: string
}

/** Everything a spawner needs to start one server. */
export type StartSpec = ServerRef & {
  /** Number of this start of this server; a new start has a higher one. */
  readonly generation: number
  /** Environment computed by the hub (single-user contract); the spawner adds its own and what is configured. `JUPYTERHUB_SERVICE_URL` is set by the spawner, which knows the address. */
  readonly environment: Readonly<Record<string, string>>
  /** Path below which the server lives: `/user/alice/`. */
  readonly servicePrefix: string
  /** Options the user chose for this server, not validated. Empty when there are profiles. */
  readonly userOptions: JsonObject
  /** What the profile of this start sets in place of the options of the spawner; null without profiles. */
  readonly profile: ProfileOverrides | null
}

/** A start as far as it decides what lasts. */
export type KeepSpec = ServerRef & Pick<StartSpec, 'userOptions' | 'profile'>

/** Steps that a spawner may announce while it starts something. */
export type SpawnStep =
  | { readonly phase: 'preparing' | 'creating' | 'booting'; readonly message?: string }
  | {
      readonly phase: 'pulling'
      readonly message?: string
      readonly bytesDone: number
      readonly bytesTotal: number | null
      readonly layersDone: number
      readonly layersTotal: number
    }

/** What a spawner may ask of its caller while it starts something. */
export type StartContext = {
  /** Aborts when the start is cancelled or took too long; the spawner rejects with the signal's reason and leaves cleaning to `stop`. */
  readonly signal: AbortSignal
  /** Writes the step as an event. Resolves when it is kept; a fault point of the tests sits behind it. */
  readonly announce: (step: SpawnStep) => Promise<void>
  /** Keeps a new value of the handle (for example with the container's id) before the next effect. */
  readonly keepHandle: (handle: Handle) => Promise<void>
}

/** What a look at a spawner may do, and what it is to compare with. */
export type ExamineContext = {
  readonly signal: AbortSignal
  /** Origin at which servers reach the hub. */
  readonly hubOrigin: string
  /** Path of the hub's API, which answers everybody: `/hub/api/`. */
  readonly apiPath: string
  /** Version of JupyterHub whose wire protocol the hub speaks. */
  readonly hubVersion: string
  /** Something like a server may be brought to life for a moment. Without it the spawner only looks. */
  readonly tries: boolean
  /** What servers are made from may be fetched. */
  readonly fetches: boolean
}

/** Whose files, and who else there is: what more than one person reaches is nobody's own. */
export type FilesOwner = Pick<ServerRef, 'userName' | 'homeName'> & {
  readonly serverNames: readonly string[]
  readonly others: readonly Pick<ServerRef, 'userName' | 'homeName'>[]
}

/** What a kind of spawner can do with the files of somebody who is gone, and whose servers have ended. Each verb may be called again after a crash. */
export type PersonFiles = {
  /** Looks for what was made for that person alone. Changes nothing. */
  find(owner: FilesOwner, signal: AbortSignal): Promise<FilesFound>
  /** A tar archive of them as a stream, which fails when it cannot be whole. `own` is not empty. */
  pack(owner: FilesOwner, own: readonly string[], signal: AbortSignal): Promise<Readable>
  /** Removes them for good; what is gone already is fine. */
  remove(owner: FilesOwner, own: readonly string[], signal: AbortSignal): Promise<void>
}

/** Servers that there are: by the numbers of their rows and by their keys; and the names of those who have one that is not stopped. */
export type LivingServers = {
  readonly ids: ReadonlySet<number>
  readonly keys: ReadonlySet<string>
  readonly activeUsers: ReadonlySet<string>
}

/** Images that servers are made from, and are to be there before somebody waits for them. */
export type KeptImages = {
  /** How it stands with each, in the order of the configuration. */
  list(): readonly KeptImage[]
  /** Looks after them until `signal` aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * Makes, watches and ends notebook servers of one kind. Every verb is idempotent and may be called again after a crash at any instant:
 * a second `start` of the same handle adopts what the first one made, a second `stop` finds nothing and succeeds.
 */
export type Spawner = {
  readonly kind: string
  /** Shown by `GET /hub/api/info`. */
  readonly version: string
  /** The deterministic name of what `start` will make, as a handle, without making anything. */
  reserve(ref: ServerRef, generation: number): Handle
  /**
   * Brings the thing named by `handle` to life and resolves with the URL (scheme, host, port, no path) where it will answer, usually before it answers.
   * Rejects with HubError: server_command_not_found, server_home_not_writable, server_disk_full, server_port_taken, server_account_missing, spawner_failed.
   */
  start(handle: Handle, spec: StartSpec, context: StartContext): Promise<{ readonly url: string; readonly handle: Handle }>
  /** Looks at the real thing. Starts and changes nothing by itself; a limit that was set at the start may be enforced on this occasion. */
  observe(handle: Handle): Promise<Observation>
  /** Ends it and waits until it is gone; nothing that was started for the handle can come to life afterwards. */
  stop(handle: Handle, context: { readonly signal: AbortSignal }): Promise<void>
  /** The last lines of its output, oldest first, secrets not yet redacted. Empty when nothing is known. */
  logs(handle: Handle, lines: number): Promise<readonly string[]>
  /**
   * Why a server that exited, or does not answer at `url`, failed, as far as the spawner can tell from its log, exit code, sockets and files.
   * Null when it has no better word than the caller's.
   */
  diagnose(handle: Handle, found: Observation, spec: StartSpec): Promise<ErrorRecord | null>
  /** Removes what was kept for the server beside the user's files (logs, claims). Idempotent. */
  forget(handle: Handle): Promise<void>
  readonly files: PersonFiles
  /**
   * Removes what this installation, and no other, has made for servers that are gone, and what was only to live for a moment. It looks first and asks
   * `living` then: a server has its row before anything is made for it. Resolves with the names of what it removed.
   */
  sweep?(living: () => Promise<LivingServers>, signal: AbortSignal): Promise<readonly string[]>
  /** For spawners that make servers from images. */
  readonly images?: KeptImages
  /** What lasts beyond a server, for spawners where all else goes with it. Brings nothing to life, and answers at once. */
  keeps?(spec: KeepSpec): Promise<KeptFiles>
  /** Measures what a living server uses, in an instant. Null when it does not live, or nothing can be measured here. */
  usage?(handle: Handle, context: { readonly signal: AbortSignal }): Promise<Reading | null>
  /** Facts for the health page: `{ command, found: true, version }` and the like. */
  describe(): Promise<Readonly<Record<string, Json>>>
  /**
   * Calls `onChange` with the id of a server as soon as something has happened to it from outside, for spawners that hear of it. A call may come
   * without need, and one may be lost: the loop looks at everything anyway. Resolves when `signal` aborts; never rejects.
   */
  watch?(onChange: (serverId: number) => void, signal: AbortSignal): Promise<void>
  /**
   * Looks at everything that servers need, and tells what is right and what is wrong. Leaves nothing behind. Rejects only with the reason of
   * `signal`: whatever else goes wrong is a finding.
   */
  examine?(context: ExamineContext): Promise<readonly Finding[]>
}
