-- What lists of people are ordered and searched by: the name in the form in which case does not count.
alter table users add column name_key text not null default '';
update users set name_key = lower(name);
create index users_name on users (company_id, name_key, id);

-- Somebody who was invited has a row that nobody can sign in with, disabled until they have chosen a password; until when, stands here.
alter table users add column invited_until integer null;
create index users_invited on users (company_id, invited_until) where invited_until is not null;

-- One-time addresses that people get from an administrator; only their hash is known. Kept a while after their end, so that a page can say what became of one.
create table person_links (
    hash blob primary key,
    user_id blob not null,
    company_id blob not null references companies (id),
    purpose text not null check (purpose in ('invitation', 'password')),
    created_at integer not null,
    expires_at integer not null,
    used_at integer null,
    withdrawn_at integer null
) strict;
create index person_links_user on person_links (user_id) where used_at is null and withdrawn_at is null;
create index person_links_expires on person_links (expires_at);
