-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- upsertClient
insert into "oauth_clients" ("id", "secret_hash", "redirect_uri", "description", "allowed_scopes", "server_id", "service_id")
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict ("id") do update
  set "secret_hash" = $8, "redirect_uri" = $9, "description" = $10, "allowed_scopes" = $11, "server_id" = $12, "service_id" = $13;

-- findClient
select *
  from "oauth_clients"
  where "id" = $1;

-- createCode
insert into "oauth_codes" ("code_hash", "client_id", "user_id", "session_id", "redirect_uri", "scopes", "challenge", "challenge_method", "expires_at")
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- findCode
select *
  from "oauth_codes"
  where "code_hash" = $1;

-- consumeCode
delete
  from "oauth_codes"
  where "code_hash" = $1
  returning *;

-- purgeCodes
delete
  from "oauth_codes"
  where "expires_at" < $1;

-- deleteClientOfServer
delete
  from "oauth_clients"
  where "server_id" = $1;

-- deleteClientOfService
delete
  from "oauth_clients"
  where "service_id" = $1 and "id" != $2;
