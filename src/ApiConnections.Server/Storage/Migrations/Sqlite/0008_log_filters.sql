-- What the transactions log is filtered by; each in the order of the chain, so that a page of a long log is read and not sorted.
create index transactions_log_made_at on transactions_log (chain, made_at);
create index transactions_log_actor on transactions_log (chain, actor, number);
create index transactions_log_ip on transactions_log (chain, ip, number);
create index transactions_log_module on transactions_log (chain, module, number);
create index transactions_log_action on transactions_log (chain, action, number);
create index transactions_log_subject on transactions_log (chain, subject, number);
