-- What each consumer asked lately and why it was refused, for its owner; equal refusals are one row with a count.
create table request_log (
    consumer text not null,
    id blob not null,
    endpoint text not null,
    grant_type text not null,
    outcome text not null,
    reason text not null,
    detail text not null,
    expected text not null,
    offending text not null,
    first_at integer not null,
    last_at integer not null,
    uses integer not null,
    ip text not null,
    agent text not null,
    primary key (consumer, id)
) strict;
create index request_log_last on request_log (last_at);

-- A person looks at their own apps.
create index authorizations_live_of_user on authorizations (user_id) where status = 'live' and user_id is not null;
