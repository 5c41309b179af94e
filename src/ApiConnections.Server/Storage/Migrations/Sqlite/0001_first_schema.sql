-- Times are Unix milliseconds; ids are UUIDv7 in 16 big-endian bytes; flags are 0 or 1.
create table installation (
    id integer primary key check (id = 1),
    incarnation blob not null,
    log_key blob not null,
    created_at integer not null
) strict;

create table companies (
    id blob primary key,
    name text not null,
    name_key text not null unique,
    status text not null check (status in ('active', 'suspended')),
    addon integer not null check (addon in (0, 1)),
    modules_off text not null,
    generation integer not null,
    grants_from integer not null,
    created_at integer not null
) strict;

create table permission_groups (
    id blob primary key,
    company_id blob not null references companies (id),
    name text not null,
    name_key text not null,
    read_only integer not null check (read_only in (0, 1)),
    scopes text not null,
    created_at integer not null,
    unique (company_id, name_key)
) strict;

create table users (
    id blob primary key,
    company_id blob not null references companies (id),
    email text not null,
    email_key text not null unique,
    name text not null,
    role text not null check (role in ('super_administrator', 'integration_developer', 'auditor', 'user')),
    group_id blob null references permission_groups (id),
    status text not null check (status in ('active', 'disabled')),
    generation integer not null,
    grants_from integer not null,
    created_at integer not null
) strict;

-- A deleted consumer keeps its key for ever; its name is free again.
create table consumers (
    key text primary key,
    company_id blob not null references companies (id),
    name text not null,
    name_key text not null,
    description text not null,
    grant_type text not null check (grant_type in ('client_credentials', 'authorization_code')),
    confidential integer not null check (confidential in (0, 1)),
    callback_urls text not null,
    url text null,
    privacy_policy_url text null,
    eula_url text null,
    group_id blob not null references permission_groups (id),
    required_scopes text not null,
    owner_id blob null references users (id),
    status text not null check (status in ('active', 'disabled', 'deleted')),
    generation integer not null,
    grants_from integer not null,
    options text not null,
    created_at integer not null,
    created_by text not null,
    version integer not null
) strict;
create unique index consumers_name on consumers (company_id, name_key) where status <> 'deleted';
create index consumers_group on consumers (group_id);

create table consumer_secrets (
    id blob primary key,
    consumer text not null references consumers (key),
    hash blob not null,
    hint text not null,
    label text not null,
    created_at integer not null,
    expires_at integer null,
    revoked_at integer null,
    last_used_at integer null,
    last_used_ip text null,
    last_used_agent text null
) strict;
create index consumer_secrets_consumer on consumer_secrets (consumer);

create table apis (
    key text primary key,
    name text not null,
    name_key text not null unique,
    audience text not null unique,
    company_id blob null references companies (id),
    modules text not null,
    created_at integer not null
) strict;

create table api_secrets (
    id blob primary key,
    api text not null references apis (key),
    hash blob not null,
    hint text not null,
    label text not null,
    created_at integer not null,
    expires_at integer null,
    revoked_at integer null
) strict;
create index api_secrets_api on api_secrets (api);

create table authorizations (
    id blob primary key,
    company_id blob not null references companies (id),
    consumer text not null references consumers (key),
    user_id blob null references users (id),
    scope text not null,
    declined text not null,
    status text not null check (status in ('live', 'revoked')),
    created_at integer not null,
    revoked_at integer null,
    revoked_by text null,
    revoked_why text null
) strict;
create unique index authorizations_live_of_machine on authorizations (consumer) where status = 'live' and user_id is null;
create unique index authorizations_live_of_person on authorizations (consumer, user_id) where status = 'live' and user_id is not null;
create index authorizations_company on authorizations (company_id, created_at);

-- Apart from the authorization, because it is hot.
create table authorization_activity (
    authorization_id blob primary key references authorizations (id),
    last_accessed_at integer not null,
    last_accessed_ip text not null,
    uses integer not null
) strict;

create table signing_keys (
    kid text primary key,
    algorithm text not null,
    x text not null,
    y text not null,
    sealed_private blob not null,
    announced_at integer not null,
    signs_from integer not null,
    retired_at integer null,
    deletes_at integer null
) strict;

create table changes (
    sequence integer primary key autoincrement,
    kind text not null,
    subject text not null,
    generation integer null,
    company_id blob null,
    for_apis integer not null check (for_apis in (0, 1)),
    made_at integer not null,
    expires_at integer not null
) strict;
create index changes_expires on changes (expires_at);

-- A chain is a company's id, or sixteen zero bytes for the installation.
create table log_heads (
    chain blob primary key,
    number integer not null,
    mac blob not null
) strict;

create table transactions_log (
    chain blob not null references log_heads (chain),
    number integer not null,
    made_at integer not null,
    actor text not null,
    ip text not null,
    module text not null,
    action text not null,
    subject text not null,
    data text not null,
    mac blob not null,
    primary key (chain, number)
) strict;
