-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- setSetting
insert into "settings" ("key", "value")
  values ($1, $2)
  on conflict ("key") do update
  set "value" = $3;

-- getSetting
select "value"
  from "settings"
  where "key" = $1;

-- setSettingIfAbsent
insert into "settings" ("key", "value")
  values ($1, $2)
  on conflict ("key") do update
  set "key" = "excluded"."key"
  returning "value";

-- deleteSetting
delete
  from "settings"
  where "key" = $1;

-- waitForTurn
insert into "settings" ("key", "value")
  values ($1, $2)
  on conflict ("key") do update
  set "value" = $3;
