-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- appendEvent
insert into "server_events" ("server_id", "attempt_id", "at", "phase", "progress", "message", "data")
  values ($1, $2, $3, $4, $5, $6, $7)
  returning "id";

-- eventsAfter
select *
  from "server_events"
  where "server_id" = $1 and "attempt_id" = $2 and "id" > $3
  order by "id";
