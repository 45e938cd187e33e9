-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- noteLeftFiles
insert into "left_files" ("home_name", "user_name", "server_names", "fate", "state", "asked_by", "asked_at", "archive", "found", "failures")
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  returning *;

-- listLeftFiles
select *
  from "left_files"
  where "state" in ($1, $2)
  order by "id" desc
  limit $3;

-- findLeftFiles
select *
  from "left_files"
  where "id" = $1;

-- leftFilesOf
select *
  from "left_files"
  where "state" != $1 and ("home_name" = $2 or "user_name" = $3)
  order by "id" desc;

-- dueLeftFiles
select "id"
  from "left_files"
  where "state" = $1 and ("retry_at" is null or "retry_at" <= $2) and ("lease_until" is null or "lease_until" < $3)
  order by "id";

-- acquireLeftFiles
update "left_files"
  set "lease_owner" = $1, "lease_until" = $2
  where "id" = $3 and "state" = $4 and ("lease_until" is null or "lease_until" < $5)
  returning *;

-- renewLeftFiles
update "left_files"
  set "lease_until" = $1
  where "id" = $2 and "lease_owner" = $3;

-- updateLeftFilesUnderLease
update "left_files"
  set "archived_at" = $1, "found" = $2, "failure" = $3, "failures" = $4, "retry_at" = $5
  where "id" = $6 and "lease_owner" = $7 and "fate" = $8;

-- releaseLeftFiles
update "left_files"
  set "lease_owner" = $1, "lease_until" = $2
  where "id" = $3 and "lease_owner" = $4;

-- leftFilesOwners
select distinct "lease_owner"
  from "left_files"
  where "lease_owner" is not null
  order by "lease_owner";

-- releaseLeftFilesOf
update "left_files"
  set "lease_owner" = $1, "lease_until" = $2
  where "lease_owner" = $3;

-- decideLeftFiles
update "left_files"
  set "fate" = $1, "state" = $2, "archive" = $3, "retry_at" = $4
  where "id" = $5 and "state" != $6 and ("fate" = $7 or "lease_until" is null or "lease_until" < $8);

-- deleteLeftFiles
delete
  from "left_files"
  where "id" = $1 and ("fate" = $2 or "lease_until" is null or "lease_until" < $3);

-- purgeLeftFiles
delete
  from "left_files"
  where "state" = $1 and "asked_at" < $2;
