-- The reports of protected APIs that were counted, so that one that is sent again counts once.
create table usage_batches (
    api text not null,
    batch uuid not null,
    received_at bigint not null,
    primary key (api, batch)
);
create index usage_batches_received on usage_batches (received_at);
