-- People sign in, consent, and apps act for them.
alter table companies add column language text not null default 'en';
alter table companies add column time_zone text not null default 'UTC';
alter table companies add column contact text not null default '';

-- A one-time address for the first person; only its hash is known.
alter table installation add column setup_hash bytea null;
alter table installation add column setup_expires_at bigint null;

alter table users add column password_hash text null;
alter table users add column password_changed_at bigint null;
alter table users add column stamp text not null default '';
alter table users add column language text null;
alter table users add column last_signed_in_at bigint null;
-- The key of the authenticator app, sealed; the pending one until a first code has proved it. The step of the last code that was taken, so that none is taken twice.
alter table users add column totp_key bytea null;
alter table users add column totp_pending bytea null;
alter table users add column totp_step bigint not null default 0;
-- SHA-256 of the recovery codes that are left, in base64, with spaces between them.
alter table users add column recovery_codes text not null default '';
create index users_company on users (company_id, email_key);

-- The hash is that of the cookie's value; the id is what lists and forms name.
create table sessions (
    id uuid primary key,
    hash bytea not null unique,
    user_id uuid not null references users (id),
    methods text not null,
    created_at bigint not null,
    authenticated_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    ip text not null,
    agent text not null,
    ended_at bigint null,
    ended_why text null
) with (fillfactor = 70);
create index sessions_user on sessions (user_id) where ended_at is null;
create index sessions_expires on sessions (expires_at);

-- A signed-in person's pending consent, bound to the browser that asked.
create table authorization_requests (
    id uuid primary key,
    session_id uuid not null,
    flow_hash bytea not null,
    user_id uuid not null,
    consumer text not null,
    request text not null,
    created_at bigint not null,
    expires_at bigint not null,
    decided_at bigint null,
    decision text null check (decision in ('allow', 'deny')),
    code uuid null
) with (fillfactor = 70);
create index authorization_requests_expires on authorization_requests (expires_at);

-- The locator and the secret that belongs to this hash are the code. Kept for a day after it was used, so that a replay is recognised.
create table authorization_codes (
    locator uuid primary key,
    hash bytea not null,
    company_id uuid not null,
    consumer text not null,
    user_id uuid not null,
    authorization_id uuid not null references authorizations (id),
    redirect_uri text not null,
    redirect_uri_given bigint not null check (redirect_uri_given in (0, 1)),
    challenge text null,
    scope text not null,
    audience text null,
    company_generation bigint not null,
    consumer_generation bigint not null,
    user_generation bigint not null,
    created_at bigint not null,
    expires_at bigint not null,
    redeemed_at bigint null,
    ended_at bigint null,
    family_id uuid null
) with (fillfactor = 70);
create index authorization_codes_authorization on authorization_codes (authorization_id) where redeemed_at is null and ended_at is null;
create index authorization_codes_expires on authorization_codes (expires_at);

-- The refresh tokens that descend from one code, so one device of a person.
create table token_families (
    id uuid primary key,
    handle_hash bytea not null unique,
    company_id uuid not null,
    consumer text not null,
    user_id uuid null,
    authorization_id uuid not null references authorizations (id),
    scope text not null,
    audience text null,
    company_generation bigint not null,
    consumer_generation bigint not null,
    user_generation bigint null,
    current_hash bytea not null,
    previous_hash bytea null,
    sealed_successor bytea null,
    rotated_at bigint null,
    created_at bigint not null,
    idle_expires_at bigint not null,
    expires_at bigint not null,
    ip text not null,
    agent text not null,
    ended_at bigint null,
    ended_why text null
) with (fillfactor = 70);
create index token_families_authorization on token_families (authorization_id) where ended_at is null;
create index token_families_expires on token_families (expires_at);
create index token_families_ended on token_families (ended_at) where ended_at is not null;

-- The ring that seals cookies, forms and addresses, itself sealed; shared by all nodes.
create table data_protection_keys (
    id text primary key,
    sealed bytea not null,
    created_at bigint not null
);
