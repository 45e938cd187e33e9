import type { Generated } from 'kysely'
import type { IsoTime } from '../core/time.ts'

/** 0 or 1: the same in SQLite and PostgreSQL (smallint there). */
export type Bit = 0 | 1
/** JSON kept as text. */
export type JsonText = string

/** All tables. Times are `IsoTime` text, flags are 0/1, JSON is text, ids are 32-bit integers: the same values in both databases. */
export type Schema = {
  users: {
    id: Generated<number>
    /** Normalised (NFC, lower-case) and unique. */
    name: string
    /** NFKC and lower-case of the name, unique: no two accounts may look the same. */
    name_key: string
    /** Name under which the account's files are kept. Unique; stays when the account is renamed. */
    home_name: string
    admin: Bit
    /** `active` may sign in; `pending` waits for approval; `blocked` may not. */
    status: 'active' | 'pending' | 'blocked'
    created_at: IsoTime
    last_activity_at: IsoTime | null
    /** AES-GCM envelope. */
    auth_state: string | null
  }
  /** Files of people who are gone, and what becomes of them. */
  left_files: {
    id: Generated<number>
    /** As in `users`; belongs to nobody else while `state` is not `done`. */
    home_name: string
    /** Name of the account when it was removed. */
    user_name: string
    /** JSON list of texts. */
    server_names: JsonText
    fate: 'keep' | 'archive' | 'delete'
    state: 'waiting' | 'kept' | 'done'
    asked_by: string
    asked_at: IsoTime
    archive: string | null
    archived_at: IsoTime | null
    /** JSON of `FilesFound`. */
    found: JsonText
    /** JSON of ErrorRecord. */
    failure: JsonText | null
    failures: number
    retry_at: IsoTime | null
    lease_owner: string | null
    lease_until: IsoTime | null
  }
  /** Stored passwords of the native authenticator. */
  credentials: { user_id: number; password_hash: string; updated_at: IsoTime }
  /** Which external identity owns which account. Unique over (authenticator, subject). */
  identities: { id: Generated<number>; user_id: number; authenticator: string; subject: string; login: string; created_at: IsoTime }
  /** Last sign-ins elsewhere. `checked_at` null: they have to sign in again. */
  auth_checks: { user_id: number; authenticator: string; checked_at: IsoTime | null }
  /** One-time links by which somebody gets an account. */
  invitations: {
    id: Generated<number>
    token_hash: string
    /** Account the link is for; made at invitation, without a password. Null: whoever opens the link chooses the name. */
    user_id: number | null
    created_by: number | null
    created_at: IsoTime
    expires_at: IsoTime
    used_at: IsoTime | null
  }
  /** `managed_by`: id of the authenticator that decides the members; null when people do. */
  groups: { id: Generated<number>; name: string; properties: JsonText; managed_by: string | null }
  group_members: { group_id: number; user_id: number }
  /** Roles from the configuration and the four built-in ones. */
  roles: { id: Generated<number>; name: string; description: string; scopes: JsonText; builtin: Bit }
  role_assignments: { id: Generated<number>; role_id: number; user_id: number | null; group_id: number | null; service_id: number | null }
  services: { id: Generated<number>; name: string; admin: Bit; url: string | null; info: JsonText; display: Bit }
  /** Browser sessions: one per login. */
  sessions: {
    id: Generated<number>
    /** SHA-256 of the cookie value. Unique. */
    token_hash: string
    user_id: number
    /** Value of the `jupyterhub-session-id` cookie: what OAuth tokens of this login carry. */
    session_id: string
    created_at: IsoTime
    last_seen_at: IsoTime
    expires_at: IsoTime
    address: string
    user_agent: string
  }
  tokens: {
    id: Generated<number>
    /** SHA-256 of the token. Unique. Tokens have 128 bits or more, so one fast hash is enough. */
    token_hash: string
    user_id: number | null
    service_id: number | null
    /** OAuth client that obtained it; `jupyterhub` for plain API tokens. */
    client_id: string
    /** Browser session it belongs to, for tokens obtained by OAuth. */
    session_id: string | null
    /** The server it was minted for at its start; dies with the run. */
    server_id: number | null
    scopes: JsonText
    note: string
    created_at: IsoTime
    last_activity_at: IsoTime | null
    expires_at: IsoTime | null
  }
  oauth_clients: {
    id: string
    secret_hash: string
    redirect_uri: string
    description: string
    allowed_scopes: JsonText
    server_id: number | null
    service_id: number | null
  }
  oauth_codes: {
    code_hash: string
    client_id: string
    user_id: number
    session_id: string
    redirect_uri: string | null
    scopes: JsonText
    challenge: string | null
    challenge_method: 'S256' | 'plain' | null
    expires_at: IsoTime
  }
  servers: {
    id: Generated<number>
    user_id: number
    /** Empty for the default server. Unique over (user_id, name). */
    name: string
    display_name: string
    /** JSON of `ServerState`. */
    state: JsonText
    /** `state.kind`, for queries. */
    state_kind: 'stopped' | 'starting' | 'running' | 'stopping' | 'failed'
    desired: 'running' | 'stopped'
    /** 1: the row goes away once the server has stopped. */
    remove_when_stopped: Bit
    generation: number
    /** Spawner's note; null when nothing exists. */
    handle: JsonText | null
    /** AES-GCM envelope of the API token of this run, so that any replica can go on with the start. Null when stopped. */
    api_token: string | null
    user_options: JsonText
    /** JSON of `Trouble`; null as long as every step works. */
    trouble: JsonText | null
    attempt_id: string | null
    started_at: IsoTime | null
    created_at: IsoTime
    last_activity_at: IsoTime | null
    lease_owner: string | null
    lease_until: IsoTime | null
  }
  /** One start of one server, with how it ended. Kept after the end, a bounded number for each server. */
  attempts: {
    id: string
    server_id: number
    generation: number
    asked_by: string
    started_at: IsoTime
    ended_at: IsoTime | null
    /** `ready`, `failed`, `cancelled`, `stopped`, or null while it goes on. */
    outcome: string | null
    /** JSON of ErrorRecord. */
    failure: JsonText | null
    exit_code: number | null
    out_of_memory: Bit
    /** Last 200 lines, redacted. */
    log: string
  }
  server_events: {
    /** Grows with time; the SSE id. */
    id: Generated<number>
    server_id: number
    attempt_id: string
    at: IsoTime
    phase: string
    /** Whole percent, 0–100. */
    progress: number
    message: string
    data: JsonText
  }
  /** Counters of the rate limit. */
  rate_limits: { bucket: string; used: number; window_until: IsoTime }
  /** Single values: set-up token, key check, chosen ports. */
  settings: { key: string; value: string }
  audit_log: { id: Generated<number>; at: IsoTime; actor: string; action: string; target: string; detail: JsonText }
}
