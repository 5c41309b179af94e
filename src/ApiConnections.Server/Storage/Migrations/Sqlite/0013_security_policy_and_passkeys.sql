-- What a company asks of how its people sign in; what is missing in the JSON has its default. The passwords that nobody of the company may choose, one on each line.
alter table companies add column security text not null default '{}';
alter table companies add column known_passwords text not null default '';
alter table companies add column security_version integer not null default 1;

-- Keys that people sign in with (WebAuthn); only the public half is known.
create table passkeys (
    id blob primary key,
    user_id blob not null references users (id),
    credential_id blob not null unique,
    public_key blob not null,
    name text not null,
    sign_count integer not null,
    backup_eligible integer not null check (backup_eligible in (0, 1)),
    backed_up integer not null check (backed_up in (0, 1)),
    transports text not null,
    created_at integer not null,
    last_used_at integer null
) strict;
create index passkeys_user on passkeys (user_id);

-- What was signed with a passkey and taken, by its hash, so that it is taken once.
create table passkey_challenges (
    hash blob primary key,
    expires_at integer not null
) strict;
create index passkey_challenges_expires on passkey_challenges (expires_at);
