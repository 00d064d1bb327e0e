-- Mails that the outbox keeps for reading where there is no disk; on Node they are files.

create table outbox_keys (
  hash text primary key,
  at integer not null,
  digest text not null
) strict, without rowid;

create table outbox_mails (
  id text primary key,
  at integer not null,
  recipient text not null,
  sender text not null,
  subject text not null,
  size integer not null,
  mime text not null
) strict, without rowid;
