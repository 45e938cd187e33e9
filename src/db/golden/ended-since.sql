-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- stillValid
select "name", "status"
  from "users";
select "token_hash"
  from "tokens";
select "token_hash"
  from "sessions";
select "token_hash"
  from "invitations"
  where "used_at" is null;

-- forgetEnded
select "tokens"."id" as "id", "tokens"."token_hash" as "hash", "users"."name" as "owner"
  from "tokens"
  left join "users" on "users"."id" = "tokens"."user_id";
select "sessions"."id" as "id", "sessions"."token_hash" as "hash", "users"."name" as "owner"
  from "sessions"
  left join "users" on "users"."id" = "sessions"."user_id";
select "invitations"."id" as "id", "invitations"."token_hash" as "hash", "users"."name" as "owner"
  from "invitations"
  left join "users" on "users"."id" = "invitations"."user_id";
update "users"
  set "status" = $1
  where "name" = $2 and "status" != $3;

-- signOutAll
delete
  from "sessions";
delete
  from "tokens"
  where "session_id" is not null;
