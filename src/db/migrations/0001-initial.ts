import type { ColumnWords } from './registry.ts'

/** Statements of the first schema. */
export const initialTables = (words: ColumnWords): readonly string[] => [
  ...people(words),
  ...membership(words),
  ...servers(words),
  ...access(words),
  ...housekeeping(words),
]

const people = ({ id, text, bit }: ColumnWords): string[] => [
  `create table users (
    id ${id}, name ${text} not null unique, name_key ${text} not null unique, home_name ${text} not null unique, admin ${bit} not null,
    status ${text} not null check (status in ('active', 'pending', 'blocked')),
    created_at ${text} not null, last_activity_at ${text}, auth_state ${text})`,
  `create table left_files (
    id ${id}, home_name ${text} not null, user_name ${text} not null, server_names ${text} not null,
    fate ${text} not null check (fate in ('keep', 'archive', 'delete')),
    state ${text} not null check (state in ('waiting', 'kept', 'done')), asked_by ${text} not null, asked_at ${text} not null,
    archive ${text}, archived_at ${text}, found ${text} not null, failure ${text}, failures integer not null, retry_at ${text},
    lease_owner ${text}, lease_until ${text})`,
  'create index left_files_home on left_files (home_name)',
  'create index left_files_state on left_files (state)',
  `create table credentials (
    user_id integer primary key references users (id) on delete cascade, password_hash ${text} not null, updated_at ${text} not null)`,
  `create table identities (
    id ${id}, user_id integer not null references users (id) on delete cascade, authenticator ${text} not null,
    subject ${text} not null, login ${text} not null, created_at ${text} not null, unique (authenticator, subject))`,
  'create index identities_user on identities (user_id)',
  `create table auth_checks (
    user_id integer primary key references users (id) on delete cascade, authenticator ${text} not null, checked_at ${text})`,
  `create table invitations (
    id ${id}, token_hash ${text} not null unique, user_id integer unique references users (id) on delete cascade,
    created_by integer references users (id) on delete set null, created_at ${text} not null, expires_at ${text} not null, used_at ${text})`,
  `create table sessions (
    id ${id}, token_hash ${text} not null unique, user_id integer not null references users (id) on delete cascade,
    session_id ${text} not null unique, created_at ${text} not null, last_seen_at ${text} not null, expires_at ${text} not null,
    address ${text} not null, user_agent ${text} not null)`,
  'create index sessions_user on sessions (user_id)',
  'create index sessions_expiry on sessions (expires_at)',
]

const membership = ({ id, text, bit }: ColumnWords): string[] => [
  `create table groups (id ${id}, name ${text} not null unique, properties ${text} not null, managed_by ${text})`,
  `create table group_members (
    group_id integer not null references groups (id) on delete cascade, user_id integer not null references users (id) on delete cascade,
    primary key (group_id, user_id))`,
  'create index group_members_user on group_members (user_id)',
  `create table services (
    id ${id}, name ${text} not null unique, admin ${bit} not null, url ${text}, info ${text} not null, display ${bit} not null)`,
  `create table roles (
    id ${id}, name ${text} not null unique, description ${text} not null, scopes ${text} not null, builtin ${bit} not null)`,
  `create table role_assignments (
    id ${id}, role_id integer not null references roles (id) on delete cascade,
    user_id integer references users (id) on delete cascade, group_id integer references groups (id) on delete cascade,
    service_id integer references services (id) on delete cascade,
    unique (role_id, user_id), unique (role_id, group_id), unique (role_id, service_id))`,
  'create index role_assignments_user on role_assignments (user_id)',
  'create index role_assignments_group on role_assignments (group_id)',
  'create index role_assignments_service on role_assignments (service_id)',
]

const servers = ({ id, text, bit }: ColumnWords): string[] => [
  `create table servers (
    id ${id}, user_id integer not null references users (id) on delete cascade, name ${text} not null, display_name ${text} not null,
    state ${text} not null, state_kind ${text} not null check (state_kind in ('stopped', 'starting', 'running', 'stopping', 'failed')),
    desired ${text} not null check (desired in ('running', 'stopped')), remove_when_stopped ${bit} not null, generation integer not null,
    handle ${text}, api_token ${text}, user_options ${text} not null, trouble ${text}, attempt_id ${text}, started_at ${text}, created_at ${text} not null,
    last_activity_at ${text}, lease_owner ${text}, lease_until ${text}, unique (user_id, name))`,
  'create index servers_state on servers (state_kind)',
  'create index servers_lease on servers (lease_owner)',
  `create table attempts (
    id ${text} primary key, server_id integer not null references servers (id) on delete cascade, generation integer not null,
    asked_by ${text} not null, started_at ${text} not null, ended_at ${text}, outcome ${text}, failure ${text}, exit_code integer,
    out_of_memory ${bit} not null, log ${text} not null)`,
  'create index attempts_server on attempts (server_id, generation)',
  `create table server_events (
    id ${id}, server_id integer not null references servers (id) on delete cascade,
    attempt_id ${text} not null references attempts (id) on delete cascade, at ${text} not null, phase ${text} not null,
    progress integer not null, message ${text} not null, data ${text} not null)`,
  'create index server_events_attempt on server_events (attempt_id, id)',
]

const access = ({ id, text }: ColumnWords): string[] => [
  `create table tokens (
    id ${id}, token_hash ${text} not null unique, user_id integer references users (id) on delete cascade,
    service_id integer references services (id) on delete cascade, client_id ${text} not null, session_id ${text},
    server_id integer references servers (id) on delete cascade, scopes ${text} not null, note ${text} not null, created_at ${text} not null,
    last_activity_at ${text}, expires_at ${text})`,
  'create index tokens_user on tokens (user_id)',
  'create index tokens_service on tokens (service_id)',
  'create index tokens_server on tokens (server_id)',
  'create index tokens_client on tokens (client_id)',
  'create index tokens_session on tokens (session_id)',
  'create index tokens_expiry on tokens (expires_at)',
  `create table oauth_clients (
    id ${text} primary key, secret_hash ${text} not null, redirect_uri ${text} not null, description ${text} not null,
    allowed_scopes ${text} not null, server_id integer unique references servers (id) on delete cascade,
    service_id integer unique references services (id) on delete cascade)`,
  `create table oauth_codes (
    code_hash ${text} primary key, client_id ${text} not null references oauth_clients (id) on delete cascade,
    user_id integer not null references users (id) on delete cascade, session_id ${text} not null, redirect_uri ${text},
    scopes ${text} not null, challenge ${text}, challenge_method ${text}, expires_at ${text} not null)`,
]

const housekeeping = ({ id, text }: ColumnWords): string[] => [
  `create table rate_limits (bucket ${text} primary key, used integer not null, window_until ${text} not null)`,
  `create table settings (key ${text} primary key, value ${text} not null)`,
  `create table audit_log (
    id ${id}, at ${text} not null, actor ${text} not null, action ${text} not null, target ${text} not null, detail ${text} not null)`,
  'create index audit_log_at on audit_log (at)',
]
