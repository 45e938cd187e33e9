-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- upsertServer
insert into "servers" ("user_id", "name", "display_name", "state", "state_kind", "desired", "remove_when_stopped", "generation", "user_options", "created_at")
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  on conflict ("user_id", "name") do update
  set "name" = "excluded"."name"
  returning *;

-- findServer
select *
  from "servers"
  where "user_id" = $1 and "name" = $2;

-- findServerById
select *
  from "servers"
  where "id" = $1;

-- serversOfUser
select *
  from "servers"
  where "user_id" = $1
  order by "name";

-- listServers
select *
  from "servers"
  order by "id"
  limit $1 offset $2;

-- listServers some
select *
  from "servers"
  where "user_id" in ($1, $2) and "state_kind" in ($3, $4)
  order by "id"
  limit $5 offset $6;

-- countServers
select cast(count(*) as integer) as "total"
  from "servers"
  where "state_kind" in ($1, $2);

-- writeIntent
update "servers"
  set "desired" = $1, "generation" = $2, "user_options" = $3
  where "id" = $4
  returning *;

-- writeIntent conditional
update "servers"
  set "desired" = $1, "remove_when_stopped" = $2
  where "id" = $3 and "generation" = $4 and "state_kind" = $5
  returning *;

-- updateServerUnderLease
update "servers"
  set "state" = $1, "state_kind" = $2, "handle" = $3, "started_at" = $4
  where "id" = $5 and "lease_owner" = $6;

-- updateServerUnderLease nothing
update "servers"
  set "lease_owner" = $1
  where "id" = $2 and "lease_owner" = $3;

-- touchServer
update "servers"
  set "last_activity_at" = $1
  where "id" = $2 and ("last_activity_at" is null or "last_activity_at" < $3);

-- noteTrouble
update "servers"
  set "trouble" = $1
  where "id" = $2;

-- removeServer
delete
  from "servers"
  where "id" = $1 and "state_kind" in ($2, $3);
