-- The reports of protected APIs that were counted, so that one that is sent again counts once.
create table usage_batches (
    api text not null,
    batch blob not null,
    received_at integer not null,
    primary key (api, batch)
) strict;
create index usage_batches_received on usage_batches (received_at);
