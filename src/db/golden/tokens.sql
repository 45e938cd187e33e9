-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- createToken
insert into "tokens" ("token_hash", "user_id", "service_id", "client_id", "session_id", "server_id", "scopes", "note", "created_at", "expires_at")
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict do nothing
  returning *;

-- findTokenByHash
select *
  from "tokens"
  where "token_hash" = $1 and ("expires_at" is null or "expires_at" >= $2);

-- findTokenById
select *
  from "tokens"
  where "id" = $1;

-- tokensOfUser
select *
  from "tokens"
  where "user_id" = $1;

-- jupyterHubKey

-- jupyterHubTokens
select "id", "token_hash"
  from "tokens"
  where "token_hash" >= $1 and "token_hash" < $2;

-- setTokenHash
update "tokens"
  set "token_hash" = $1
  where "id" = $2;

-- touchToken
update "tokens"
  set "last_activity_at" = $1
  where "id" = $2 and ("last_activity_at" is null or "last_activity_at" < $3);

-- deleteToken
delete
  from "tokens"
  where "id" = $1;

-- deleteTokensOfUser
delete
  from "tokens"
  where "user_id" = $1 and "id" != $2;

-- deleteServerTokens
delete
  from "tokens"
  where "server_id" = $1;

-- deleteServiceTokens
delete
  from "tokens"
  where "service_id" = $1 and "note" = $2 and "token_hash" != $3;

-- deleteTokensOfClient
delete
  from "tokens"
  where "client_id" = $1;

-- deleteTokensOfClient of one user
delete
  from "tokens"
  where "client_id" = $1 and "user_id" = $2;

-- deleteSessionTokens
delete
  from "tokens"
  where "user_id" = $1 and "session_id" = $2;

-- purgeExpired
delete
  from "tokens"
  where "expires_at" < $1;
