-- Which permission groups an integration developer may hand out to consumers.
create table user_groups (
    user_id uuid not null references users (id),
    group_id uuid not null references permission_groups (id) on delete cascade,
    primary key (user_id, group_id)
);
create index user_groups_group on user_groups (group_id);

-- The consumers that somebody owns, in the order of lists.
create index consumers_owner on consumers (owner_id, name_key);
