-- Which permission groups an integration developer may hand out to consumers.
create table user_groups (
    user_id blob not null references users (id),
    group_id blob not null references permission_groups (id) on delete cascade,
    primary key (user_id, group_id)
) strict;
create index user_groups_group on user_groups (group_id);

-- The consumers that somebody owns, in the order of lists.
create index consumers_owner on consumers (owner_id, name_key);
