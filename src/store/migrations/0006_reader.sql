-- The reader's side: languages, embeds, statuses, archive, pauses, corrections, and what the guard of sign-ups counts.

alter table instance add column language text not null default 'en';
alter table instance add column signup_limits text not null default '{}';
alter table instance add column challenge text not null default 'auto' check (challenge in ('auto', 'always', 'never'));
alter table instance add column role_addresses text not null default 'refuse' check (role_addresses in ('refuse', 'allow'));
alter table instance add column disposable text not null default 'flag' check (disposable in ('allow', 'flag', 'refuse'));
alter table instance add column check_mx integer not null default 0 check (check_mx in (0, 1));
alter table instance add column turnstile_site text;
alter table instance add column remind_hours integer check (remind_hours between 1 and 336);
alter table instance add column keep_unconfirmed_days integer not null default 14 check (keep_unconfirmed_days between 1 and 365);

-- A check cannot be changed in place, and a table that others refer to cannot be made anew.
alter table newsletters add column stage text not null default 'open' check (stage in ('hidden', 'open', 'paused', 'closed'));
update newsletters set stage = status;
alter table newsletters drop column status;
alter table newsletters rename column stage to status;
alter table newsletters add column archive text not null default 'public' check (archive in ('public', 'link', 'none'));
alter table newsletters add column origins text not null default '[]';
alter table newsletters add column redirects text not null default '[]';
alter table newsletters add column image_square text;

alter table subscribers add column language text;
alter table subscriptions add column paused_until integer;
create index subscriptions_pending on subscriptions (since) where status = 'pending';
alter table subscriptions add column paused_at integer;

alter table issues add column web text references contents (hash);
alter table issues add column corrected_at integer check ((corrected_at is null) = (web is null));
alter table issues add column correction text not null default '';

create table notices_anew (
  id integer primary key autoincrement,
  kind text not null check (kind in ('confirmation', 'already', 'reminder', 'welcome', 'link', 'address', 'test')),
  subscriber integer references subscribers (id) on delete cascade,
  address text,
  items text not null,
  content text references contents (hash),
  once text unique,
  created_at integer not null,
  expires_at integer not null,
  due_at integer not null,
  batch integer references batches (id),
  state text check (state in ('failed', 'skipped', 'in_doubt')),
  reason text
) strict;
insert into notices_anew select * from notices;
-- Links bind these ids: none may be given out twice, whatever was purged.
delete from sqlite_sequence where name = 'notices_anew';
insert into sqlite_sequence (name, seq) select 'notices_anew', seq from sqlite_sequence where name = 'notices';
drop table notices;
alter table notices_anew rename to notices;
create index notices_due on notices (due_at) where batch is null and state is null;
create index notices_subscriber on notices (subscriber) where subscriber is not null;
create index notices_batch on notices (batch) where batch is not null;
create unique index notices_waiting on notices (subscriber)
  where kind in ('confirmation', 'already') and batch is null and state is null;
create index notices_expires on notices (expires_at);

create table rates (
  key text not null,
  start integer not null,
  n integer not null,
  primary key (key, start)
) strict, without rowid;
create index rates_start on rates (start);

create table proofs (
  hash text primary key,
  until integer not null
) strict, without rowid;
create index proofs_until on proofs (until);

create table goodbyes (
  id integer primary key autoincrement,
  newsletter integer not null references newsletters (id),
  at integer not null,
  reason text not null,
  note text not null default '',
  leaving text,
  unique (leaving, newsletter)
) strict;
create index goodbyes_newsletter on goodbyes (newsletter, at);

create table texts (
  newsletter integer not null references newsletters (id),
  language text not null,
  key text not null,
  text text not null,
  primary key (newsletter, language, key)
) strict, without rowid;
create index issues_archive on issues (newsletter, started_at, id) where started_at is not null;
