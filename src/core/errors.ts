import type { Json } from './json.ts'
import type { ErrorRow } from './error-row.ts'
import { signInErrors } from './sign-in-errors.ts'
import type { IsoTime } from './time.ts'
import { formatSize } from './units.ts'

/** Every error that Orrery can answer with. Clients and tests match the code, never the text. */
export const errorCodes = {
  // Requests
  bad_request: { status: 400, title: 'The request is not valid: {reason}.', hint: 'Correct the request and send it again.' },
  bad_json: { status: 400, title: 'Invalid JSON in body of request', hint: 'Send a JSON object, or no body.' },
  bad_name: { status: 400, title: 'The name {name} cannot be used: {reason}.', hint: 'Choose a name of letters, digits, and . _ - @.' },
  body_too_large: { status: 413, title: 'The request body is larger than {limitBytes} bytes.', hint: 'Send less.' },
  credentials_missing: { status: 403, title: 'Missing or invalid credentials.', hint: 'Sign in, or send a valid token.' },
  scope_missing: {
    status: 403,
    title: 'Action is not authorized with current scopes; requires any of [{scopes}]',
    hint: 'Ask an administrator for one of these scopes.',
  },
  forbidden: { status: 403, title: 'You may not do this: {reason}.', hint: '' },
  xsrf_missing: { status: 403, title: "'_xsrf' argument missing from {method}", hint: 'Reload the page and try again.' },
  xsrf_mismatch: { status: 403, title: 'XSRF cookie does not match {method} argument', hint: 'Reload the page and try again.' },
  resource_hidden: { status: 404, title: 'No access to resources or resources not found', hint: '' },
  not_found: { status: 404, title: 'Not Found', hint: 'Check the address.' },
  method_not_allowed: { status: 405, title: 'Method Not Allowed', hint: '' },
  rate_limited: { status: 429, title: 'Too many attempts.', hint: 'Wait {retryAfterSeconds} s and try again.' },
  internal: { status: 500, title: 'Internal Server Error', hint: 'The log of the hub says more; look for the reference {reference}.' },
  hub_unavailable: {
    status: 503,
    title: 'The hub cannot answer at the moment.',
    hint: 'Your notebooks go on running. Try again in a few seconds.',
  },
  // People
  user_not_found: { status: 404, title: 'There is no user {user}.', hint: '' },
  user_exists: { status: 409, title: 'User {user} already exists.', hint: '' },
  user_delete_self: { status: 400, title: 'Cannot delete yourself!', hint: 'Ask another administrator.' },
  user_servers_active: { status: 400, title: 'A server of {user} is still running.', hint: 'Stop it, then try again.' },
  files_not_found: { status: 404, title: 'Nobody called {user} has left files.', hint: 'See orrery user files for those that are there.' },
  files_ambiguous: { status: 409, title: 'Several people called {user} have left files.', hint: 'Name one of these places: {places}.' },
  files_busy: { status: 409, title: 'The files of {user} are being archived or deleted.', hint: 'Wait until that is done.' },
  files_archive_failed: {
    status: 500,
    title: 'The files of {user} could not be archived: {reason}.',
    hint: 'Nothing was removed. Make room in {folder}, or set hub.archiveDir to another folder; it is tried again.',
  },
  files_removal_failed: {
    status: 500,
    title: 'The files of {user} could not be looked after: {reason}.',
    hint: 'Put right what stands in the way; it is tried again.',
  },
  admin_only: { status: 403, title: '{reason}', hint: 'Ask an administrator.' },
  sign_in_failed: { status: 403, title: 'The user name or the password is wrong.', hint: 'Check both and try again.' },
  account_pending: { status: 403, title: 'Your account waits for approval.', hint: 'An administrator has to let you in.' },
  account_blocked: { status: 403, title: 'Your account may not sign in.', hint: 'Ask an administrator.' },
  password_weak: {
    status: 400,
    title: 'The password cannot be used: {reason}.',
    hint: 'Choose at least {minimum} characters that are not easy to guess.',
  },
  sign_up_closed: { status: 404, title: 'Sign-up is closed.', hint: 'Ask an administrator for an invitation.' },
  invitation_invalid: { status: 404, title: 'This invitation is not valid any more.', hint: 'Ask for a new one.' },
  setup_done: { status: 404, title: 'This hub is already set up.', hint: 'Sign in, or ask an administrator.' },
  setup_token_wrong: { status: 403, title: 'The set-up link is not the newest one.', hint: 'Use the link that the hub printed last.' },
  ...signInErrors,
  // Tokens and groups
  token_not_found: { status: 404, title: 'There is no such token.', hint: '' },
  session_not_found: { status: 404, title: 'There is no such session.', hint: '' },
  scope_unknown: { status: 400, title: 'There is no scope {scope}.', hint: 'See the list of scopes in the reference.' },
  scope_exceeds_owner: { status: 400, title: 'Not assigning requested scopes {scopes} not held by {owner}', hint: 'Ask for less.' },
  group_not_found: { status: 404, title: 'There is no group {group}.', hint: '' },
  group_exists: { status: 409, title: 'Group {group} already exists.', hint: '' },
  role_unknown: { status: 400, title: 'There is no role {role}.', hint: '' },
  // Servers
  server_not_found: { status: 404, title: 'There is no server {server} of user {user}.', hint: '' },
  server_exists: { status: 409, title: 'The server {server} of {user} already exists.', hint: '' },
  server_already_running: { status: 400, title: '{server} is already running', hint: 'Open it.' },
  server_pending: { status: 400, title: '{server} is pending {pending}', hint: 'Wait until it is done.' },
  server_stop_waits: {
    status: 503,
    title: 'The last run of {server} could not be ended yet, since {at:clock}: {reason}.',
    hint: 'The hub tries again all the time. Start it once that has worked.',
  },
  server_nothing_pending: { status: 400, title: '{server} is not starting.', hint: 'Start it first.' },
  server_default_remove: { status: 400, title: 'Cannot delete the default server', hint: 'Stop it instead.' },
  server_not_running: { status: 424, title: 'The server behind {path} is not running.', hint: 'Start it at {startUrl}.' },
  named_servers_off: { status: 400, title: 'Named servers are not enabled.', hint: 'Set hub.allowNamedServers to true.' },
  named_server_limit: {
    status: 400,
    title: 'User {user} already has the maximum of {limit} named servers.  One must be deleted before a new server can be created',
    hint: 'Remove a server that you no longer use.',
  },
  spawn_limit_reached: {
    status: 429,
    title: 'Many servers are starting at this moment.',
    hint: 'Try again in about {retryAfterSeconds} s.',
  },
  active_limit_reached: {
    status: 429,
    title: 'The hub runs as many servers as it may.',
    hint: 'Try again when others have stopped theirs.',
  },
  // Profiles
  profile_none: {
    status: 403,
    title: 'There is no profile that {user} may use.',
    hint: 'Ask an administrator to let you use one of spawner.profiles.',
  },
  profile_unknown: { status: 400, title: 'There is no profile {profile}.', hint: 'Choose one of these: {allowed}.' },
  profile_not_allowed: { status: 403, title: '{user} may not use the profile {profile}.', hint: 'Choose one of these: {allowed}.' },
  profile_field_invalid: { status: 400, title: 'The value of {field} cannot be used: {reason}.', hint: 'Allowed: {expected}' },
  // Starts that failed
  server_command_not_found: {
    status: 500,
    title: 'The command {command} was not found.',
    hint: 'Install jupyterhub-singleuser for the hub, or set spawner.cmd to its full path.',
  },
  server_exited_early: {
    status: 500,
    title: 'The notebook server stopped right after it was started (exit code {exitCode}).',
    hint: 'The last lines of its log say why.',
  },
  server_wrong_port: {
    status: 500,
    title: 'The notebook server listens on port {actualPort} instead of port {expectedPort}.',
    hint: 'Remove the port from the Jupyter configuration or from spawner.args; the hub chooses it.',
  },
  server_never_answered: {
    status: 500,
    title: 'The notebook server runs but did not answer within {timeoutSeconds} s.',
    hint: 'The log shows what it is busy with; raise spawner.httpTimeoutSeconds if it only needs longer.',
  },
  server_start_timeout: {
    status: 500,
    title: 'The notebook server was not up within {timeoutSeconds} s.',
    hint: 'Look at the last phase; raise spawner.startTimeoutSeconds if it only needs longer.',
  },
  server_out_of_memory: {
    status: 500,
    title: 'The notebook server ran out of memory.',
    titles: {
      asked: 'The notebook server asked for {askedBytes:size} of memory; its limit is {limitBytes:size} ({at:clock}).',
      used: 'The notebook server used {usedBytes:size} of memory; its limit is {limitBytes:size} ({at:clock}).',
      limit: 'The notebook server asked for more memory than its limit of {limitBytes:size} ({at:clock}).',
      seen: 'The notebook server asked for more memory than its limit of {limitBytes:size} ({at:clock}); when it was last looked at, it used {usedBytes:size}.',
      machine: 'The machine had no memory left for the notebook server ({at:clock}).',
    },
    hint: 'Start it with more memory, or load less at once.',
  },
  server_version_refused: {
    status: 500,
    title: 'The notebook server does not accept the version {version} of this hub.',
    hint: 'Install a jupyterhub package of the same major version beside the notebook server.',
  },
  server_token_refused: {
    status: 500,
    title: 'The notebook server could not sign in to the hub: its token was refused.',
    hint: 'Remove JUPYTERHUB_API_TOKEN from spawner.environment and from the start-up files of the account.',
  },
  server_hub_unreachable: {
    status: 500,
    title: 'The notebook server cannot reach the hub at {url}.',
    hint: 'Set hub.connectUrl to an address that notebook servers can reach.',
  },
  server_home_not_writable: {
    status: 500,
    title: 'The home folder {path} cannot be written to.',
    hint: 'Give it to the account that runs the notebook server.',
  },
  server_disk_full: {
    status: 500,
    title: 'There is no space left for {path}.',
    hint: 'Delete files that are no longer needed, or enlarge the disk.',
  },
  server_port_taken: {
    status: 500,
    title: 'Port {port} was taken by another program before the notebook server could use it.',
    hint: 'Start the server again.',
  },
  server_account_missing: {
    status: 500,
    title: 'This machine has no account {user}.',
    hint: 'Create the account, or set spawner.systemUsers to false.',
  },
  // Starts in containers that failed
  engine_unreachable: {
    status: 503,
    title: 'The container engine at {engine} does not answer ({reason}).',
    hint: 'Start it, for example with systemctl start docker, or set spawner.engineUrl to where it listens.',
  },
  engine_denied: {
    status: 503,
    title: 'The hub may not use the container engine at {engine}.',
    hint: 'Let the account {account} use its socket, for example by adding it to the group docker, and start the hub again.',
  },
  engine_refused: {
    status: 500,
    title: 'The container engine refused to run the server: {reason}.',
    hint: 'Correct the spawner options that it names.',
  },
  image_choice_refused: {
    status: 400,
    title: 'Specifying image to launch is not allowed',
    hint: 'Start without an image, or set spawner.allowedImages.',
  },
  image_not_allowed: { status: 400, title: 'Image {image} not in allowed list: {allowed}', hint: 'Choose one of the list.' },
  image_not_found: {
    status: 500,
    title: 'There is no image {image}.',
    hint: 'Correct spawner.image, or fetch it on the machine of the engine with docker pull.',
  },
  image_pull_denied: {
    status: 500,
    title: 'The registry {registry} does not give out the image {image}.',
    hint: 'Check the name of the image; if it is private, sign in with docker login as the account of the hub, or set spawner.dockerConfig.',
  },
  image_pull_stalled: {
    status: 500,
    title: 'Fetching the image {image} made no progress for {timeoutSeconds} s.',
    hint: 'Check the connection of the machine to the registry, or fetch it with docker pull; spawner.pullTimeoutSeconds gives it longer.',
  },
  image_pull_failed: {
    status: 500,
    title: 'The image {image} could not be fetched from {registry}: {reason}.',
    hint: 'Check the connection of the machine to the registry and the name of the image.',
  },
  server_image_unsuitable: {
    status: 500,
    title: 'The image {image} does not contain {command}.',
    hint: 'Use a Jupyter image such as quay.io/jupyter/base-notebook, or install the package jupyterhub into the image.',
  },
  server_volume_missing: {
    status: 500,
    title: 'The folder {path} is not there on the machine of the container engine.',
    hint: 'Create it, or correct spawner.mounts.',
  },
  server_network_missing: {
    status: 500,
    title: 'The network {network} of the containers is gone.',
    hint: 'Start the server again: the hub makes the network anew. If it stays, check spawner.networkName.',
  },
  server_network_open: {
    status: 500,
    title: 'The network {network} lets containers reach each other, but spawner.isolateUsers is on.',
    hint: 'Remove the network with docker network rm {network}, so that the hub makes it anew, or set spawner.isolateUsers to false.',
  },
  server_container_name_taken: {
    status: 500,
    title: 'There is a container {name} that is not of this hub.',
    hint: 'Rename or remove it, or give spawner.prefix another value.',
  },
  server_container_removed: {
    status: 500,
    title: 'The container {name} was removed from outside.',
    hint: 'Start the server again; the files in its volumes are there.',
  },
  server_paused: {
    status: 500,
    title: 'The container {name} was paused from outside.',
    hint: 'Start the server again; the files in its volumes are there.',
  },
  server_listens_inside_only: {
    status: 500,
    title: 'The notebook server listens on 127.0.0.1 inside its container, where nobody can reach it.',
    hint: 'Remove the address from the Jupyter configuration or from spawner.args; the hub sets it.',
  },
  server_out_of_reach: {
    status: 500,
    title: 'The notebook server listens, but the hub cannot reach it at {url}.',
    hint: 'Put the hub on the network {network}, or set spawner.useInternalIp to false.',
  },
  server_cancelled: { status: 500, title: 'The start was cancelled.', hint: '' },
  server_died: {
    status: 500,
    title: 'The notebook server stopped without being asked (exit code {exitCode}).',
    hint: 'The last lines of its log say why. Start it again; files that were saved are there.',
  },
  server_redirect_loop: {
    status: 500,
    title: 'The way to {server} leads back to the hub again and again.',
    hint: 'Wait a moment and try again. If it stays, stop the server and start it again.',
  },
  server_route_failed: { status: 503, title: 'The proxy did not accept the way to the server.', hint: 'Check that the proxy runs.' },
  spawner_failed: { status: 500, title: 'The server could not be started: {reason}.', hint: 'The log of the hub says more.' },
} as const satisfies Record<string, ErrorRow>

/** The stable name of an error. */
export type ErrorCode = keyof typeof errorCodes

/** Data that goes with an error; the texts of the table are filled from it. */
export type ErrorDetail = { readonly [key: string]: Json }

/** A moment within a sentence: `14:02 UTC`. Pages put the visitor's own clock in its place. */
export const clockTime = (at: IsoTime): string => `${at.slice(11, 16)} UTC`

/** Fills the places of a text from the detail. A missing detail becomes a question mark. */
export function fillText(text: string, detail: ErrorDetail): string {
  return text.replace(/\{(\w+)(?::(size|clock))?\}/g, (_, key: string, form: string | undefined) => {
    const value = detail[key]
    if (value === undefined || value === null) return '?'
    if (form === 'size' && typeof value === 'number') return formatSize(value)
    if (form === 'clock' && typeof value === 'string') return clockTime(value)
    return typeof value === 'object' ? JSON.stringify(value) : `${value}`
  })
}

/** The sentence for what is known: that of the detail `how`, when the table has one, else the title. */
export function titleOf(code: ErrorCode, detail: ErrorDetail): string {
  const row: ErrorRow = errorCodes[code]
  const { how } = detail
  return (typeof how === 'string' && row.titles !== undefined && Object.hasOwn(row.titles, how) ? row.titles[how] : null) ?? row.title
}

/** The one error class. `code` names a row of the table, `detail` fills its texts, `cause` keeps what led to it. */
export class HubError extends Error {
  readonly code: ErrorCode
  readonly detail: ErrorDetail
  constructor(code: ErrorCode, detail: ErrorDetail = {}, options?: { cause?: unknown }) {
    super(fillText(titleOf(code, detail), detail), options)
    this.name = 'HubError'
    this.code = code
    this.detail = detail
  }
  /** HTTP status of the reply. */
  get status(): number {
    return errorCodes[this.code].status
  }
  /** What to do about it, in English; empty when there is nothing to do. */
  get hint(): string {
    return fillText(errorCodes[this.code].hint, this.detail)
  }
}

/** The same error as plain data: what is kept with a failed start and shown on its page. */
export type ErrorRecord = { readonly code: ErrorCode; readonly detail: ErrorDetail }

/** True for a text that names a row of the table. */
export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorCodes, text)
