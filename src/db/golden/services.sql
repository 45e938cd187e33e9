-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- upsertService
insert into "services" ("name", "admin", "url", "info", "display")
  values ($1, $2, $3, $4, $5)
  on conflict ("name") do update
  set "admin" = $6, "url" = $7, "info" = $8, "display" = $9
  returning *;

-- findService
select *
  from "services"
  where "name" = $1;

-- findServiceById
select *
  from "services"
  where "id" = $1;

-- listServices
select *
  from "services"
  order by "name";

-- deleteServicesExcept
delete
  from "services"
  where "name" not in ($1, $2);
