-- Generated from the query functions by scripts/generate.ts; do not edit. On SQLite every $n is a ?.

-- upsertRole
insert into "roles" ("name", "description", "scopes", "builtin")
  values ($1, $2, $3, $4)
  on conflict ("name") do update
  set "description" = $5, "scopes" = $6, "builtin" = $7
  returning *;

-- findRole
select *
  from "roles"
  where "name" = $1;

-- listRoles
select *
  from "roles"
  order by "name";

-- assignRole to a user
insert into "role_assignments" ("role_id", "user_id", "group_id", "service_id")
  values ($1, $2, $3, $4)
  on conflict do nothing;

-- assignRole to a group
insert into "role_assignments" ("role_id", "user_id", "group_id", "service_id")
  values ($1, $2, $3, $4)
  on conflict do nothing;

-- assignRole to a service
insert into "role_assignments" ("role_id", "user_id", "group_id", "service_id")
  values ($1, $2, $3, $4)
  on conflict do nothing;

-- rolesOfUser
select *
  from "roles"
  where "roles"."id" in (select "role_assignments"."role_id"
  from "role_assignments"
  where ("role_assignments"."user_id" = $1 or "role_assignments"."group_id" in (select "group_members"."group_id"
  from "group_members"
  where "group_members"."user_id" = $2)))
  order by "roles"."name";

-- directRolesOfUser
select *
  from "roles"
  where "id" in (select "role_id"
  from "role_assignments"
  where "user_id" = $1)
  order by "name";

-- rolesOfGroup
select *
  from "roles"
  where "id" in (select "role_id"
  from "role_assignments"
  where "group_id" = $1)
  order by "name";

-- rolesOfService
select *
  from "roles"
  where "id" in (select "role_id"
  from "role_assignments"
  where "service_id" = $1)
  order by "name";

-- directRolesOfUsers
select "role_assignments"."user_id", "roles"."name"
  from "role_assignments"
  inner join "roles" on "roles"."id" = "role_assignments"."role_id"
  where "role_assignments"."user_id" in ($1, $2)
  order by "roles"."name";

-- usersOfRole
select "user_id"
  from "role_assignments"
  where "role_id" = $1 and "user_id" is not null
  order by "user_id";

-- unassignRole
delete
  from "role_assignments"
  where "role_id" = $1 and "user_id" = $2 and "group_id" is null and "service_id" is null;

-- clearRole of users
delete
  from "role_assignments"
  where "role_id" = $1 and "user_id" is not null;

-- clearRole of groups
delete
  from "role_assignments"
  where "role_id" = $1 and "group_id" is not null;

-- clearRole of services
delete
  from "role_assignments"
  where "role_id" = $1 and "service_id" is not null;

-- deleteRolesExcept
delete
  from "roles"
  where "name" not in ($1, $2);
