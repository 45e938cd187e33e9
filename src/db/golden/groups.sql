-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- createGroup
insert into "groups" ("name", "properties", "managed_by")
  values ($1, $2, $3)
  on conflict do nothing
  returning *;

-- findGroup
select *
  from "groups"
  where "name" = $1;

-- listGroups
select *
  from "groups"
  order by "id"
  limit $1 offset $2;

-- listGroups some
select *
  from "groups"
  where "name" in ($1)
  order by "id"
  limit $2 offset $3;

-- addMember
insert into "group_members" ("group_id", "user_id")
  values ($1, $2)
  on conflict do nothing;

-- setManagedBy
update "groups"
  set "managed_by" = $1
  where "id" = $2;

-- managedGroupsOfUser
select *
  from "groups"
  where "managed_by" = $1 and "id" in (select "group_members"."group_id"
  from "group_members"
  where "group_members"."user_id" = $2)
  order by "id";

-- clearMembers
delete
  from "group_members"
  where "group_id" = $1;

-- membersOfGroup
select "users"."name"
  from "group_members"
  inner join "users" on "users"."id" = "group_members"."user_id"
  where "group_members"."group_id" = $1
  order by "users"."name";

-- groupsOfUsers
select "group_members"."user_id", "groups"."name"
  from "group_members"
  inner join "groups" on "groups"."id" = "group_members"."group_id"
  where "group_members"."user_id" in ($1, $2)
  order by "groups"."name";

-- groupsByUserName
select "users"."name" as "user_name", "groups"."name" as "group_name"
  from "group_members"
  inner join "groups" on "groups"."id" = "group_members"."group_id"
  inner join "users" on "users"."id" = "group_members"."user_id"
  where "users"."name" in ($1, $2)
  order by "groups"."name";

-- setGroupProperties
update "groups"
  set "properties" = $1
  where "id" = $2;

-- removeMember
delete
  from "group_members"
  where "group_id" = $1 and "user_id" = $2;

-- deleteGroup
delete
  from "groups"
  where "id" = $1;
