-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- renameServer
update "servers"
  set "name" = $1
  where "id" = $2 and "state_kind" in ($3, $4) and "desired" = $5;
