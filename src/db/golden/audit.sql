-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- appendAudit
insert into "audit_log" ("at", "actor", "action", "target", "detail")
  values ($1, $2, $3, $4, $5);

-- listAudit
select *
  from "audit_log"
  order by "id" desc
  limit $1;

-- listAudit about
select *
  from "audit_log"
  where "id" < $1 and "target" = $2
  order by "id" desc
  limit $3;
