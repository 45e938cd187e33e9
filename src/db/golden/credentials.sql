-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- setCredential
insert into "credentials" ("user_id", "password_hash", "updated_at")
  values ($1, $2, $3)
  on conflict ("user_id") do update
  set "password_hash" = $4, "updated_at" = $5;

-- findCredential
select *
  from "credentials"
  where "user_id" = $1;

-- hasAdminWhoCanSignIn
select "users"."id"
  from "users"
  where "users"."admin" = $1 and "users"."status" = $2 and ("users"."id" in (select "credentials"."user_id"
  from "credentials") or "users"."id" in (select "identities"."user_id"
  from "identities"))
  limit $3;
