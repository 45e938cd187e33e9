-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- createUser
select "home_name"
  from "users"
  where (home_name = $1 or home_name like $2 escape '\');
select "home_name"
  from "left_files"
  where "state" != $1 and (home_name = $2 or home_name like $3 escape '\');
insert into "users" ("name", "name_key", "home_name", "admin", "status", "created_at", "last_activity_at", "auth_state")
  values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict do nothing
  returning *;

-- findUser
select *
  from "users"
  where "name" = $1;

-- findUserById
select *
  from "users"
  where "id" = $1;

-- isNameTaken
select "id"
  from "users"
  where "name_key" = $1 and "id" != $2;

-- listUsers
select "users".*
  from "users"
  order by "users"."id" asc nulls first, "users"."id"
  limit $1 offset $2;
select cast(count(*) as integer) as "total"
  from "users";

-- listUsers some
select "users".*
  from "users"
  where ("users"."name" in ($1) or "users"."id" in (select "group_members"."user_id"
  from "group_members"
  inner join "groups" on "groups"."id" = "group_members"."group_id"
  where "groups"."name" in ($2))) and users.name like $3 escape '\' and "users"."status" = $4
  order by "users"."last_activity_at" desc nulls last, "users"."id"
  limit $5 offset $6;
select cast(count(*) as integer) as "total"
  from "users"
  where ("users"."name" in ($1) or "users"."id" in (select "group_members"."user_id"
  from "group_members"
  inner join "groups" on "groups"."id" = "group_members"."group_id"
  where "groups"."name" in ($2))) and users.name like $3 escape '\' and "users"."status" = $4;

-- listUsers nobody
select "users".*
  from "users"
  where 1 = 0
  order by "users"."name" asc nulls first, "users"."id"
  limit $1 offset $2;
select cast(count(*) as integer) as "total"
  from "users"
  where 1 = 0;

-- listUsers active
select "users".*
  from "users"
  where "users"."id" in (select "servers"."user_id"
  from "servers"
  where "servers"."state_kind" in ($1, $2, $3))
  order by "users"."id" asc nulls first, "users"."id"
  limit $4 offset $5;
select cast(count(*) as integer) as "total"
  from "users"
  where "users"."id" in (select "servers"."user_id"
  from "servers"
  where "servers"."state_kind" in ($1, $2, $3));

-- listUsers ready
select "users".*
  from "users"
  where "users"."id" in (select "servers"."user_id"
  from "servers"
  where "servers"."state_kind" in ($1))
  order by "users"."id" asc nulls first, "users"."id"
  limit $2 offset $3;
select cast(count(*) as integer) as "total"
  from "users"
  where "users"."id" in (select "servers"."user_id"
  from "servers"
  where "servers"."state_kind" in ($1));

-- listUsers inactive
select "users".*
  from "users"
  where "users"."id" not in (select "servers"."user_id"
  from "servers"
  where "servers"."state_kind" in ($1, $2, $3))
  order by "users"."id" asc nulls first, "users"."id"
  limit $4 offset $5;
select cast(count(*) as integer) as "total"
  from "users"
  where "users"."id" not in (select "servers"."user_id"
  from "servers"
  where "servers"."state_kind" in ($1, $2, $3));

-- countUsers
select cast(count(*) as integer) as "total"
  from "users";

-- countUsers admins
select cast(count(*) as integer) as "total"
  from "users"
  where "admin" = $1 and "status" = $2;

-- updateUser
update "users"
  set "name" = $1, "name_key" = $2, "admin" = $3, "status" = $4, "last_activity_at" = $5, "auth_state" = $6
  where "id" = $7
  returning *;

-- updateUser nothing
select *
  from "users"
  where "id" = $1;

-- touchUser
update "users"
  set "last_activity_at" = $1
  where "id" = $2 and ("last_activity_at" is null or "last_activity_at" < $3);

-- groupsOfUser
select "groups"."name"
  from "group_members"
  inner join "groups" on "groups"."id" = "group_members"."group_id"
  where "group_members"."user_id" = $1
  order by "groups"."name";

-- namesOfUsers
select "id", "name"
  from "users"
  where "id" in ($1, $2);

-- lockUser
update "users"
  set "id" = $1
  where "id" = $2;

-- deleteUser
delete
  from "users"
  where "id" = $1;
