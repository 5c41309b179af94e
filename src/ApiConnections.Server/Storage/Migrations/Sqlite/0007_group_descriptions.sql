-- What a permission group is for, in words.
alter table permission_groups add column description text not null default '';

-- Who is in a group.
create index users_group on users (group_id);
