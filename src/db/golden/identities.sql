-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- linkIdentity
insert into "identities" ("user_id", "authenticator", "subject", "login", "created_at")
  values ($1, $2, $3, $4, $5)
  on conflict ("authenticator", "subject") do update
  set "login" = $6;

-- findIdentity
select *
  from "identities"
  where "authenticator" = $1 and "subject" = $2;

-- identitiesOfUser
select *
  from "identities"
  where "user_id" = $1
  order by "id";

-- deleteIdentity
delete
  from "identities"
  where "id" = $1;
