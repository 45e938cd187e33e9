-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- createInvitation
insert into "invitations" ("token_hash", "created_by", "created_at", "expires_at", "used_at", "user_id")
  values ($1, $2, $3, $4, $5, $6)
  on conflict ("user_id") do update
  set "token_hash" = $7, "created_by" = $8, "created_at" = $9, "expires_at" = $10, "used_at" = $11
  returning *;

-- findInvitation
select *
  from "invitations"
  where "token_hash" = $1 and "used_at" is null and "expires_at" >= $2;

-- consumeInvitation
update "invitations"
  set "used_at" = $1
  where "token_hash" = $2 and "used_at" is null and "expires_at" >= $3
  returning *;

-- openInvitations
select *
  from "invitations"
  where "used_at" is null and "expires_at" >= $1
  order by "id" desc;

-- deleteInvitation
delete
  from "invitations"
  where "id" = $1;
