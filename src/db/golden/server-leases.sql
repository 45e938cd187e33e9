-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- acquireLease
update "servers"
  set "lease_owner" = $1, "lease_until" = $2
  where "id" = $3 and ("lease_until" is null or "lease_until" < $4)
  returning *;

-- renewLease
update "servers"
  set "lease_until" = $1
  where "id" = $2 and "lease_owner" = $3;

-- leaseOwners
select distinct "lease_owner"
  from "servers"
  where "lease_owner" is not null
  order by "lease_owner";

-- dueServers
select *
  from "servers"
  where "id" > $1 and ("lease_until" is null or "lease_until" < $2) and ("state_kind" in ($3, $4, $5) or "desired" = $6 or "remove_when_stopped" = $7)
  order by "id"
  limit $8;

-- releaseLease
update "servers"
  set "lease_owner" = $1, "lease_until" = $2
  where "id" = $3 and "lease_owner" = $4;

-- releaseLeasesOf
update "servers"
  set "lease_owner" = $1, "lease_until" = $2
  where "lease_owner" = $3;
