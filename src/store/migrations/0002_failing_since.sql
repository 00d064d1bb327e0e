-- Why a way out fails, and since when, each in a column of its own.
alter table outlets add column failing_since integer;

update outlets set failing_since = reason ->> 'since', reason = reason ->> 'words' where json_valid(reason);
