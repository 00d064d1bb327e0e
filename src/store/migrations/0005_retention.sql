-- How long the ledger's rows of an issue are kept after it has ended, and what stays of them then.

alter table instance add column keep_ledger_days integer check (keep_ledger_days between 35 and 3650);

alter table issues add column sums text;
alter table issues add column retired_at integer check ((retired_at is null) = (sums is null));
alter table issues add column emptied_at integer;

create index issues_retirable on issues (finished_at) where sums is null and finished_at is not null;
create index issues_emptying on issues (id) where sums is not null and emptied_at is null;
