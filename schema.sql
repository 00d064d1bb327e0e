-- The whole schema, as all migrations in src/store/migrations leave it (a test compares them).
-- Times are integer milliseconds UTC. Lists are JSON. Words are those of CONTRIBUTING.md.

create table instance (
  id integer primary key check (id = 1), -- one record: this installation
  uid text not null, -- random; in every idempotency key, so that a copy of the database cannot collide (REL-05)
  created_at integer not null,
  key_ids text not null, -- [[id, fingerprint]]: start refuses a key ring that lacks or differs in one of them
  site text not null default '',
  operator text not null default '',
  postal_address text not null default '',
  privacy_url text not null default '',
  contact text not null default '',
  sender_name text not null default '', -- of confirmation mails; empty: the newsletter's own (FMT-09)
  sender_address text not null default '',
  served_url text, -- where the server is reached, and
  served_provider text, -- how it mails: another process on this database must not mail otherwise
  confirm_hours integer not null default 72 check (confirm_hours between 1 and 336), -- DOI-04
  keep_notices_days integer not null default 30 check (keep_notices_days between 15 and 3650), -- longer than any confirmation link lives
  keep_outbox_days integer not null default 30 check (keep_outbox_days between 1 and 3650), -- kept mails hold addresses (LAW-06)
  time_zone text not null default 'UTC', -- in which people name the time of a schedule
  seen_at integer not null default 0, -- latest clock of any server: a clock or a database behind it went back (REL-14)
  held text, -- why no mail may leave before a person says so; null: they may
  hourly_limit integer check (hourly_limit > 0), -- mails of issues in an hour, of all newsletters together
  warmup_first integer check (warmup_first > 0), -- of the first day; each day twice as many (null: no warm-up)
  warmup_since integer, -- when that day began
  domain_limits text not null default '{}', -- {"domain": mails of issues in an hour}
  keep_ledger_days integer check (keep_ledger_days between 35 and 3650), -- longer than reports come in; null: for ever (LAW-06)
  language text not null default 'en', -- of pages that are about no single newsletter
  signup_limits text not null default '{}', -- {"network" | "domain" | "newsletter" | "total": sign-ups in an hour} (DOI-23)
  challenge text not null default 'auto' check (challenge in ('auto', 'always', 'never')), -- when a proof of work is asked for
  role_addresses text not null default 'refuse' check (role_addresses in ('refuse', 'allow')), -- abuse@ and the like (ADR-07)
  disposable text not null default 'flag' check (disposable in ('allow', 'flag', 'refuse')), -- addresses for a day (ADR-08)
  check_mx integer not null default 0 check (check_mx in (0, 1)), -- whether a domain is asked for its mail servers (ADR-09)
  turnstile_site text, -- public key of the widget; null: none
  remind_hours integer check (remind_hours between 1 and 336), -- after the sign-up; null: nobody is reminded
  keep_unconfirmed_days integer not null default 14 check (keep_unconfirmed_days between 1 and 365) -- after the last link has expired (DOI-31)
) strict;

create table tokens ( -- admin tokens; readers' links are HMACs over ids and are stored nowhere (DOI-02)
  id integer primary key autoincrement,
  hash text not null unique, -- SHA-256: the database alone opens nothing (SEC-22)
  name text not null,
  scopes text not null, -- of read, write, send
  created_at integer not null,
  last_used_at integer,
  revoked_at integer
) strict;

create table newsletters (
  id integer primary key autoincrement,
  slug text not null unique, -- in URLs, files and List-Id
  name text not null,
  pitch text not null,
  about text not null default '',
  frequency text not null default '',
  language text not null default 'en',
  sender_name text not null,
  sender_address text not null,
  reply_to text,
  group_name text not null default '',
  position integer not null default 0,
  image text,
  image_alt text not null default '',
  thanks text not null default '',
  welcome text, -- null: no welcome mail
  list_id text not null unique, -- set once, since readers' filters hang on it (FMT-11)
  hourly_limit integer check (hourly_limit > 0), -- as the instance's, for this newsletter alone
  warmup_first integer check (warmup_first > 0), -- likewise
  warmup_since integer,
  created_at integer not null,
  status text not null default 'open' check (status in ('hidden', 'open', 'paused', 'closed')), -- only open ones take sign-ups
  archive text not null default 'public' check (archive in ('public', 'link', 'none')), -- who may read its issues in a browser
  origins text not null default '[]', -- sites whose pages may hold its form; none: any (SEC-14)
  redirects text not null default '[]', -- prefixes that a form may lead on to (DOI-30)
  image_square text -- second crop; both have one text
) strict;

create table subscribers (
  id integer primary key autoincrement, -- links are HMACs over this id, so SQLite must never give it out again
  email text not null, -- as typed; mail goes here (RFC 5321 §2.4)
  email_key text not null unique, -- one person, one address (ADR-04)
  name text not null default '',
  created_at integer not null,
  proven_at integer, -- first confirmation of any newsletter
  soft_bounces integer not null default 0, -- issues in a row that bounced softly (RULES §5)
  soft_since integer, -- the first of them
  soft_issue integer, -- the last of them: one issue counts once
  language text -- of their own pages and notices; null: that of the newsletter
) strict;

create table subscriptions (
  newsletter integer not null references newsletters (id), -- newsletters are closed, never deleted
  subscriber integer not null references subscribers (id) on delete cascade, -- erasing a person takes these along (LAW-05)
  status text not null check (status in ('pending', 'active', 'unsubscribed')), -- only active ones get issues
  generation integer not null, -- confirm links bind it, so that an old one cannot undo a leaving (DOI-06)
  since integer not null, -- when it came into this status
  source text not null default '{}',
  paused_until integer, -- active, but in no audience before
  paused_at integer, -- and after this: an audience of an instant stays what it was then
  primary key (newsletter, subscriber) -- the audience is read in this order
) strict, without rowid;
create index subscriptions_subscriber on subscriptions (subscriber); -- preference page, erasure
create index subscriptions_pending on subscriptions (since) where status = 'pending'; -- reminder, purge (DOI-31)

create table wordings (
  hash text primary key, -- consent rows name the exact text by it (LAW-01)
  text text not null,
  first_shown_at integer not null
) strict, without rowid;

create table consents ( -- append-only proof
  id integer primary key autoincrement,
  newsletter integer not null,
  subscriber integer, -- null after erasure
  generation integer not null,
  event text not null check (event in ('asked', 'confirmed', 'withdrawn')), -- what the proof is made of
  at integer not null,
  method text not null,
  wording text references wordings (hash), -- the proof needs the text itself
  notice integer not null default 0, -- the mail it belongs to; 0: none
  form text,
  page text,
  unique (subscriber, newsletter, generation, event, notice) -- one request is kept once for each mail it led to (LAW-01)
) strict;
create unique index consents_confirmed on consents (subscriber, newsletter, generation)
  where event = 'confirmed'; -- fifty confirms at once are one consent (DOI-05)
create index consents_notice on consents (notice) where notice > 0; -- what a link has confirmed

create table suppressions (
  id integer primary key autoincrement,
  newsletter integer not null default 0, -- 0: all of them
  email_key text,
  hash text, -- keyed, of an erased address (SUP-02)
  key_id integer,
  reason text not null check (reason in ('complaint', 'hard-bounce', 'soft-bounce', 'manual', 'erased')), -- a stronger one is never weakened
  origin text not null default '',
  at integer not null,
  until integer, -- null: for good
  check ((email_key is null) <> (hash is null)), -- either is known
  check ((hash is null) = (key_id is null)), -- a hash says nothing without its key
  unique (email_key, newsletter), -- looked up by plan and claim (SUP-01)
  unique (hash, key_id, newsletter) -- an erased address is remembered once per key
) strict;
create index suppressions_until on suppressions (until) where until is not null; -- those that end by themselves

create table throttles (
  key text primary key, -- keyed hash: the table names nobody
  kind text not null check (kind in ('address')), -- what is limited
  times text not null, -- newest first
  until integer not null
) strict, without rowid;
create index throttles_until on throttles (until); -- purge

create table rates ( -- sign-ups counted, for the guard; names nobody
  key text not null, -- total, a newsletter's, a keyed hash of a network or domain
  start integer not null,
  n integer not null,
  primary key (key, start) -- one sum for each stretch of time
) strict, without rowid;
create index rates_start on rates (start); -- purge

create table proofs ( -- proofs of work already spent (DOI-26)
  hash text primary key, -- each counts once
  until integer not null
) strict, without rowid;
create index proofs_until on proofs (until); -- purge

create table goodbyes ( -- why readers have left; names nobody
  id integer primary key autoincrement,
  newsletter integer not null references newsletters (id), -- a reason is about one of them
  at integer not null,
  reason text not null,
  note text not null default '',
  leaving text, -- keyed hash of the leaving, for a day or two: a repeat counts once
  unique (leaving, newsletter) -- one reason for each
) strict;
create index goodbyes_newsletter on goodbyes (newsletter, at); -- what an editor reads

create table texts ( -- a newsletter's own words in place of those of templates/locale
  newsletter integer not null references newsletters (id), -- words of one newsletter
  language text not null,
  key text not null,
  text text not null,
  primary key (newsletter, language, key) -- one text for each place
) strict, without rowid;

create table contents ( -- frozen once: a template upgrade cannot change a retry (REL-04)
  hash text primary key, -- the same content twice is one row
  kind text not null check (kind in ('issue', 'notices')), -- an issue compiled, or the templates of notices
  body text not null,
  created_at integer not null
) strict, without rowid;

create table issues (
  id integer primary key autoincrement,
  newsletter integer not null references newsletters (id), -- an issue is of one newsletter for ever
  slug text not null,
  subject text not null,
  source text not null, -- the Markdown file
  content text references contents (hash), -- null while draft
  status text not null default 'draft' check (status in ('draft', 'scheduled', 'sending', 'paused', 'cancelled', 'incomplete', 'sent')), -- the next turn looks for sending alone
  issued_at integer, -- the date in the masthead
  created_at integer not null,
  updated_at integer not null,
  scheduled_at integer, -- when sending begins by itself
  audience_at integer, -- who was active as of then; null while scheduled: that instant
  started_at integer,
  planned_at integer, -- null: slices are still missing, and the issue cannot finish
  finished_at integer,
  stop_reason text check (stop_reason in ('editor', 'brake', 'provider', 'composing', 'stale')), -- what a person must look at
  brake_base text not null default '{}', -- counts at the last word of a person: a brake looks at what came after
  error text,
  sums text, -- {"accepted": n, …, "reasons": […]}: all that stays of its deliveries; null: they are what counts
  retired_at integer check ((retired_at is null) = (sums is null)), -- when that was written, in one commit with it
  emptied_at integer, -- when the last of its deliveries and batches was deleted
  web text references contents (hash), -- the corrected copy for browsers; null: as it was mailed
  corrected_at integer check ((corrected_at is null) = (web is null)), -- readers are told when
  correction text not null default '', -- and what
  unique (newsletter, slug) -- an issue is sent once
) strict;
create index issues_open on issues (id) where status = 'sending'; -- what the next turn plans or finishes
create index issues_scheduled on issues (scheduled_at) where status = 'scheduled'; -- what begins next
create index issues_ending on issues (id) where status = 'cancelled' and finished_at is null; -- what is still in flight
create index issues_retirable on issues (finished_at) where sums is null and finished_at is not null; -- what ended long ago
create index issues_emptying on issues (id) where sums is not null and emptied_at is null; -- what is being deleted
create index issues_archive on issues (newsletter, started_at, id) where started_at is not null; -- archive and feeds, in order

create table batches (
  id integer primary key autoincrement,
  lane integer not null check (lane in (0, 1)), -- 0 notices, 1 issues
  issue integer references issues (id), -- null: notices
  first integer, -- range of subscribers; null when members were moved here or are notices
  last integer,
  size integer not null, -- members whose state is the batch's; changes in the commit that gives one its own
  state text not null check (state in ('planned', 'claimed', 'accepted', 'failed', 'skipped', 'in_doubt')), -- sums know no other
  due_at integer not null, -- next try, or end of the lease
  holder text,
  fence integer not null default 0, -- raised by each claim; every write of a holder names it (REL-10)
  attempt integer not null default 1, -- part of the idempotency key; raised only when surely nothing left
  tries integer not null default 0, -- calls without an answer or with a passing fault, for the backoff
  key_id integer,
  content text references contents (hash), -- templates of notices as they were frozen
  members text, -- frozen at claim, erased when settled
  payload_hash text, -- committed before the first byte leaves (REL-04); names the manner of the call where there are several
  frozen_at integer,
  tried_at integer, -- the first try of all; members that move to another batch take it along
  first_sent_at integer, -- the first try under this key
  receipt text, -- [[member, provider's id]]
  error text,
  settled_at integer
) strict;
create unique index batches_range on batches (issue, first) where first is not null; -- no reader in two ranges
create index batches_issue on batches (issue, state) where issue is not null; -- sums, finish
create index batches_due on batches (lane, due_at) where state in ('planned', 'claimed'); -- claim
create index batches_holder on batches (holder) where state = 'claimed'; -- statements of one claim find their batch
create index batches_settled on batches (settled_at) where lane = 0; -- purge

create table journals ( -- how far a batch has come on a way out that knows no keys (REL-01)
  batch integer primary key references batches (id) on delete cascade, -- one for each batch in flight
  letters text not null -- one for each member: . owed, o on its way, a accepted, x surely not accepted
) strict;

create table deliveries (
  issue integer not null references issues (id), -- no delivery without its issue
  subscriber integer not null, -- no foreign key: an erased reader still counts
  batch integer references batches (id), -- null: the batch whose range holds the subscriber
  state text check (state in ('accepted', 'failed', 'skipped', 'in_doubt')), -- null: the batch's
  reason text,
  at integer,
  feedback text check (feedback in ('bounced', 'complained', 'suppressed', 'failed')), -- what the provider said later; never a state
  primary key (issue, subscriber) -- exactly one mail owed (REL-03)
) strict, without rowid;
create index deliveries_state on deliveries (issue, state) where state is not null; -- sums, retry
create index deliveries_batch on deliveries (batch) where batch is not null; -- members of a moved batch

create table notices (
  id integer primary key autoincrement, -- confirm links bind this id
  kind text not null check (kind in ('confirmation', 'already', 'reminder', 'welcome', 'link', 'address', 'test')), -- each is composed in its own way
  subscriber integer references subscribers (id) on delete cascade, -- erasing a person takes these along (LAW-05)
  address text, -- of a test mail, or the new one of a reader who moves
  items text not null, -- [[newsletter, generation]]
  content text references contents (hash), -- of a test mail
  once text unique, -- a repeated request owes nothing twice
  created_at integer not null,
  expires_at integer not null,
  due_at integer not null,
  batch integer references batches (id), -- null: not claimed yet
  state text check (state in ('failed', 'skipped', 'in_doubt')), -- null: waiting, or the batch's
  reason text,
  mailbox text -- keyed hash, as in throttles, of where it goes if a stranger may have asked for it; null: of none, or nothing leaves (DOI-22)
) strict;
create index notices_due on notices (due_at) where batch is null and state is null; -- claim
create index notices_subscriber on notices (subscriber) where subscriber is not null; -- erasure, what was said just now
create index notices_batch on notices (batch) where batch is not null; -- members of a batch
create unique index notices_waiting on notices (subscriber) -- sign-ups that wait together leave in one mail
  where kind in ('confirmation', 'already') and batch is null and state is null;
create index notices_expires on notices (expires_at); -- purge
create index notices_mailbox on notices (mailbox) where mailbox is not null; -- what left for a mailbox, and what waits

create table outlets ( -- a way out, as all processes share it
  name text primary key, -- of the provider
  calls integer, -- that it allows in a window; null: not known, so not limited
  span integer not null default 1000, -- of that window, ms
  tokens integer not null default 0, -- thousandths of calls that may leave now (REL-09)
  filled_at integer not null default 0,
  failures integer not null default 0, -- calls in a row without a good answer
  shut_until integer not null default 0, -- the breaker is open: no call leaves before
  reason text, -- what was wrong with the last of them
  failing_since integer -- the first of them
) strict, without rowid;

create table meters ( -- mails of issues that left, for limits by hour and day
  key text not null, -- all, newsletter:ID or domain:NAME
  span text not null check (span in ('hour', 'day')), -- windows that limits are given for
  start integer not null,
  mails integer not null,
  primary key (key, span, start) -- one sum for each window
) strict, without rowid;
create index meters_start on meters (start); -- purge

create table webhooks ( -- what a provider reported, as it came: stored before it is answered (REL-16)
  provider text not null,
  event text not null, -- the provider's id: the same for every repeat
  received_at integer not null,
  body text not null,
  applied_at integer,
  outcome text,
  primary key (provider, event) -- a report counts once
) strict, without rowid;
create index webhooks_waiting on webhooks (received_at) where applied_at is null; -- the next turn
create index webhooks_received on webhooks (received_at); -- purge

create table counters ( -- totals of reports; readers are written only where something went wrong
  issue integer not null references issues (id), -- reports of one issue
  name text not null,
  n integer not null,
  primary key (issue, name) -- one sum for each kind
) strict, without rowid;

create table outbox_keys ( -- calls to the outbox where it has no disk: which mails a key stands for
  hash text primary key, -- mails are kept once for each key
  at integer not null,
  digest text not null
) strict, without rowid;

create table outbox_mails ( -- mails kept for reading where there is no disk
  id text primary key, -- begins with the time, so that they sort by it
  at integer not null,
  recipient text not null,
  sender text not null,
  subject text not null,
  size integer not null, -- bytes
  mime text not null -- ASCII
) strict, without rowid;
