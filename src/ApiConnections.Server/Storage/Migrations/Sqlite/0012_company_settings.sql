-- A company without a language leaves it to the browser of each person, as all did until now.
update companies set language = '' where language = 'en';
-- Counts what was saved, so that of two who edit the same the second is told.
alter table companies add column version integer not null default 1;
-- The product's own pages in its menu as JSON; null for those of the configuration.
alter table companies add column host_links text null;
