-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- consumeRate
insert into "rate_limits" ("bucket", "used", "window_until")
  values ($1, $2, $3)
  on conflict ("bucket") do update
  set "used" = case when rate_limits.window_until <= $4 then 1 else rate_limits.used + 1 end, "window_until" = case when rate_limits.window_until <= $5 then $6 else rate_limits.window_until end
  returning "used", "window_until";

-- peekRate
select "used", "window_until"
  from "rate_limits"
  where "bucket" = $1 and "window_until" > $2;

-- resetRate
delete
  from "rate_limits"
  where "bucket" = $1;

-- purgeRates
delete
  from "rate_limits"
  where "window_until" <= $1;
