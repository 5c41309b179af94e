-- People sign in, consent, and apps act for them.
alter table companies add column language text not null default 'en';
alter table companies add column time_zone text not null default 'UTC';
alter table companies add column contact text not null default '';

-- A one-time address for the first person; only its hash is known.
alter table installation add column setup_hash blob null;
alter table installation add column setup_expires_at integer null;

alter table users add column password_hash text null;
alter table users add column password_changed_at integer null;
alter table users add column stamp text not null default '';
alter table users add column language text null;
alter table users add column last_signed_in_at integer null;
-- The key of the authenticator app, sealed; the pending one until a first code has proved it. The step of the last code that was taken, so that none is taken twice.
alter table users add column totp_key blob null;
alter table users add column totp_pending blob null;
alter table users add column totp_step integer not null default 0;
-- SHA-256 of the recovery codes that are left, in base64, with spaces between them.
alter table users add column recovery_codes text not null default '';
create index users_company on users (company_id, email_key);

-- The hash is that of the cookie's value; the id is what lists and forms name.
create table sessions (
    id blob primary key,
    hash blob not null unique,
    user_id blob not null references users (id),
    methods text not null,
    created_at integer not null,
    authenticated_at integer not null,
    last_seen_at integer not null,
    expires_at integer not null,
    ip text not null,
    agent text not null,
    ended_at integer null,
    ended_why text null
) strict;
create index sessions_user on sessions (user_id) where ended_at is null;
create index sessions_expires on sessions (expires_at);

-- A signed-in person's pending consent, bound to the browser that asked.
create table authorization_requests (
    id blob primary key,
    session_id blob not null,
    flow_hash blob not null,
    user_id blob not null,
    consumer text not null,
    request text not null,
    created_at integer not null,
    expires_at integer not null,
    decided_at integer null,
    decision text null check (decision in ('allow', 'deny')),
    code blob null
) strict;
create index authorization_requests_expires on authorization_requests (expires_at);

-- The locator and the secret that belongs to this hash are the code. Kept for a day after it was used, so that a replay is recognised.
create table authorization_codes (
    locator blob primary key,
    hash blob not null,
    company_id blob not null,
    consumer text not null,
    user_id blob not null,
    authorization_id blob not null references authorizations (id),
    redirect_uri text not null,
    redirect_uri_given integer not null check (redirect_uri_given in (0, 1)),
    challenge text null,
    scope text not null,
    audience text null,
    company_generation integer not null,
    consumer_generation integer not null,
    user_generation integer not null,
    created_at integer not null,
    expires_at integer not null,
    redeemed_at integer null,
    ended_at integer null,
    family_id blob null
) strict;
create index authorization_codes_authorization on authorization_codes (authorization_id) where redeemed_at is null and ended_at is null;
create index authorization_codes_expires on authorization_codes (expires_at);

-- The refresh tokens that descend from one code, so one device of a person.
create table token_families (
    id blob primary key,
    handle_hash blob not null unique,
    company_id blob not null,
    consumer text not null,
    user_id blob null,
    authorization_id blob not null references authorizations (id),
    scope text not null,
    audience text null,
    company_generation integer not null,
    consumer_generation integer not null,
    user_generation integer null,
    current_hash blob not null,
    previous_hash blob null,
    sealed_successor blob null,
    rotated_at integer null,
    created_at integer not null,
    idle_expires_at integer not null,
    expires_at integer not null,
    ip text not null,
    agent text not null,
    ended_at integer null,
    ended_why text null
) strict;
create index token_families_authorization on token_families (authorization_id) where ended_at is null;
create index token_families_expires on token_families (expires_at);
create index token_families_ended on token_families (ended_at) where ended_at is not null;

-- The ring that seals cookies, forms and addresses, itself sealed; shared by all nodes.
create table data_protection_keys (
    id text primary key,
    sealed blob not null,
    created_at integer not null
) strict;
