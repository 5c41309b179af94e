-- One-time requests with which somebody tries an app in the console: what comes back to our own page is taken once, in the session that began it. The code is
-- sealed under the state, of which only the hash is known, and worth nothing without its verifier, which is never stored.
create table consumer_trials (
    id blob primary key,
    state_hash blob not null,
    consumer text not null,
    user_id blob not null,
    session_id blob not null,
    challenge text not null,
    before_id blob null,
    created_at integer not null,
    expires_at integer not null,
    answered_at integer null,
    sealed_code blob null,
    error text null,
    taken_at integer null
) strict;
create index consumer_trials_expires on consumer_trials (expires_at);
