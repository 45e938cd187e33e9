-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- startAttempt
insert into "attempts" ("id", "server_id", "generation", "asked_by", "started_at", "out_of_memory", "log")
  values ($1, $2, $3, $4, $5, $6, $7)
  returning *;
delete
  from "attempts"
  where "server_id" = $1 and "id" not in (select "id"
  from "attempts"
  where "server_id" = $2
  order by "generation" desc, "started_at" desc
  limit $3);

-- endAttempt
update "attempts"
  set "outcome" = $1, "ended_at" = $2, "failure" = $3, "exit_code" = $4, "out_of_memory" = $5, "log" = $6
  where "id" = $7;

-- lastAttempt
select *
  from "attempts"
  where "server_id" = $1
  order by "generation" desc, "started_at" desc
  limit $2;

-- lastGoodStart
select "server_events"."at", "attempts"."started_at"
  from "server_events"
  inner join "attempts" on "attempts"."id" = "server_events"."attempt_id"
  where "server_events"."server_id" = $1 and "server_events"."phase" = $2
  order by "server_events"."id" desc
  limit $3;

-- keepLog
update "attempts"
  set "log" = $1
  where "id" = $2;
