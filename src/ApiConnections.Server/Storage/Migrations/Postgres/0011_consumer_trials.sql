-- One-time requests with which somebody tries an app in the console: what comes back to our own page is taken once, in the session that began it. The code is
-- sealed under the state, of which only the hash is known, and worth nothing without its verifier, which is never stored.
create table consumer_trials (
    id uuid primary key,
    state_hash bytea not null,
    consumer text not null,
    user_id uuid not null,
    session_id uuid not null,
    challenge text not null,
    before_id uuid null,
    created_at bigint not null,
    expires_at bigint not null,
    answered_at bigint null,
    sealed_code bytea null,
    error text null,
    taken_at bigint null
) with (fillfactor = 70);
create index consumer_trials_expires on consumer_trials (expires_at);
