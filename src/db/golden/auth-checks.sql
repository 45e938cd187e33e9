-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- noteAuthCheck
insert into "auth_checks" ("user_id", "authenticator", "checked_at")
  values ($1, $2, $3)
  on conflict ("user_id") do update
  set "authenticator" = $4, "checked_at" = $5;

-- findAuthCheck
select *
  from "auth_checks"
  where "user_id" = $1;

-- expireAuthCheck
update "auth_checks"
  set "checked_at" = $1
  where "user_id" = $2;

-- deleteAuthCheck
delete
  from "auth_checks"
  where "user_id" = $1;
