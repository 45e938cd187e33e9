-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- createSession
insert into "sessions" ("token_hash", "user_id", "session_id", "created_at", "last_seen_at", "expires_at", "address", "user_agent")
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  returning *;

-- findSession
select *
  from "sessions"
  where "token_hash" = $1 and "expires_at" >= $2 and "last_seen_at" >= $3;

-- findSessionById
select *
  from "sessions"
  where "id" = $1;

-- sessionsOfUser
select *
  from "sessions"
  where "user_id" = $1
  order by "last_seen_at" desc, "id" desc;

-- touchSession
update "sessions"
  set "last_seen_at" = $1
  where "id" = $2 and "last_seen_at" < $3;

-- deleteSession
delete
  from "sessions"
  where "id" = $1;

-- purgeSessions
delete
  from "sessions"
  where ("expires_at" < $1 or "last_seen_at" < $2)
  returning "user_id", "session_id";
