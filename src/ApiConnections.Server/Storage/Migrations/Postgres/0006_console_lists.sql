-- What a search over consumers looks through: name, key and description in the form in which case does not count.
alter table consumers add column search_key text not null default '';
update consumers set search_key = lower(name || ' ' || key || ' ' || description);

-- The authorizations of one consumer, the newest first.
create index authorizations_consumer on authorizations (consumer, created_at);
