-- A program without a user has one family at most, which every new client credentials request begins anew.
create unique index token_families_of_machine on token_families (authorization_id) where user_id is null and ended_at is null;

-- Single access tokens that were revoked: looked up by introspection, counted per consumer.
alter table changes add column consumer text null;
create index changes_token on changes (subject) where kind = 'token';
create index changes_tokens_of_consumer on changes (consumer, expires_at) where kind = 'token';
