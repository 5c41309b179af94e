-- The app authorizations of a company, the newest first.
create index authorizations_company on authorizations (company_id, created_at, id);
