-- Times are Unix milliseconds; ids are UUIDv7; flags are 0 or 1.
create table installation (
    id bigint primary key check (id = 1),
    incarnation uuid not null,
    log_key bytea not null,
    created_at bigint not null
);

create table companies (
    id uuid primary key,
    name text not null,
    name_key text not null unique,
    status text not null check (status in ('active', 'suspended')),
    addon bigint not null check (addon in (0, 1)),
    modules_off text not null,
    generation bigint not null,
    grants_from bigint not null,
    created_at bigint not null
);

create table permission_groups (
    id uuid primary key,
    company_id uuid not null references companies (id),
    name text not null,
    name_key text not null,
    read_only bigint not null check (read_only in (0, 1)),
    scopes text not null,
    created_at bigint not null,
    unique (company_id, name_key)
);

create table users (
    id uuid primary key,
    company_id uuid not null references companies (id),
    email text not null,
    email_key text not null unique,
    name text not null,
    role text not null check (role in ('super_administrator', 'integration_developer', 'auditor', 'user')),
    group_id uuid null references permission_groups (id),
    status text not null check (status in ('active', 'disabled')),
    generation bigint not null,
    grants_from bigint not null,
    created_at bigint not null
);

-- A deleted consumer keeps its key for ever; its name is free again.
create table consumers (
    key text primary key,
    company_id uuid not null references companies (id),
    name text not null,
    name_key text not null,
    description text not null,
    grant_type text not null check (grant_type in ('client_credentials', 'authorization_code')),
    confidential bigint not null check (confidential in (0, 1)),
    callback_urls text not null,
    url text null,
    privacy_policy_url text null,
    eula_url text null,
    group_id uuid not null references permission_groups (id),
    required_scopes text not null,
    owner_id uuid null references users (id),
    status text not null check (status in ('active', 'disabled', 'deleted')),
    generation bigint not null,
    grants_from bigint not null,
    options text not null,
    created_at bigint not null,
    created_by text not null,
    version bigint not null
);
create unique index consumers_name on consumers (company_id, name_key) where status <> 'deleted';
create index consumers_group on consumers (group_id);

create table consumer_secrets (
    id uuid primary key,
    consumer text not null references consumers (key),
    hash bytea not null,
    hint text not null,
    label text not null,
    created_at bigint not null,
    expires_at bigint null,
    revoked_at bigint null,
    last_used_at bigint null,
    last_used_ip text null,
    last_used_agent text null
);
create index consumer_secrets_consumer on consumer_secrets (consumer);

create table apis (
    key text primary key,
    name text not null,
    name_key text not null unique,
    audience text not null unique,
    company_id uuid null references companies (id),
    modules text not null,
    created_at bigint not null
);

create table api_secrets (
    id uuid primary key,
    api text not null references apis (key),
    hash bytea not null,
    hint text not null,
    label text not null,
    created_at bigint not null,
    expires_at bigint null,
    revoked_at bigint null
);
create index api_secrets_api on api_secrets (api);

create table authorizations (
    id uuid primary key,
    company_id uuid not null references companies (id),
    consumer text not null references consumers (key),
    user_id uuid null references users (id),
    scope text not null,
    declined text not null,
    status text not null check (status in ('live', 'revoked')),
    created_at bigint not null,
    revoked_at bigint null,
    revoked_by text null,
    revoked_why text null
);
create unique index authorizations_live_of_machine on authorizations (consumer) where status = 'live' and user_id is null;
create unique index authorizations_live_of_person on authorizations (consumer, user_id) where status = 'live' and user_id is not null;
create index authorizations_company on authorizations (company_id, created_at);

-- Apart from the authorization, because it is hot.
create table authorization_activity (
    authorization_id uuid primary key references authorizations (id),
    last_accessed_at bigint not null,
    last_accessed_ip text not null,
    uses bigint not null
) with (fillfactor = 70);

create table signing_keys (
    kid text primary key,
    algorithm text not null,
    x text not null,
    y text not null,
    sealed_private bytea not null,
    announced_at bigint not null,
    signs_from bigint not null,
    retired_at bigint null,
    deletes_at bigint null
);

create table changes (
    sequence bigint generated always as identity primary key,
    kind text not null,
    subject text not null,
    generation bigint null,
    company_id uuid null,
    for_apis bigint not null check (for_apis in (0, 1)),
    made_at bigint not null,
    expires_at bigint not null
);
create index changes_expires on changes (expires_at);

-- A chain is a company's id, or sixteen zero bytes for the installation.
create table log_heads (
    chain uuid primary key,
    number bigint not null,
    mac bytea not null
);

create table transactions_log (
    chain uuid not null references log_heads (chain),
    number bigint not null,
    made_at bigint not null,
    actor text not null,
    ip text not null,
    module text not null,
    action text not null,
    subject text not null,
    data text not null,
    mac bytea not null,
    primary key (chain, number)
);
