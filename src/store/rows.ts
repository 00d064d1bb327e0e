import type { Generated, Selectable } from "kysely";

// Row types that mirror schema.sql column by column; test/store/rows.test.ts compares the two.

export interface InstanceTable {
  id: number;
  uid: string;
  created_at: number;
  key_ids: string;
  site: Generated<string>;
  operator: Generated<string>;
  postal_address: Generated<string>;
  privacy_url: Generated<string>;
  contact: Generated<string>;
  sender_name: Generated<string>;
  sender_address: Generated<string>;
  served_url: string | null;
  served_provider: string | null;
  confirm_hours: Generated<number>;
  keep_notices_days: Generated<number>;
  keep_outbox_days: Generated<number>;
  time_zone: Generated<string>;
  seen_at: Generated<number>;
  held: string | null;
  hourly_limit: number | null;
  warmup_first: number | null;
  warmup_since: number | null;
  domain_limits: Generated<string>;
  keep_ledger_days: number | null;
}

export interface TokensTable {
  id: Generated<number>;
  hash: string;
  name: string;
  scopes: string;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface NewslettersTable {
  id: Generated<number>;
  slug: string;
  name: string;
  pitch: string;
  about: Generated<string>;
  frequency: Generated<string>;
  language: Generated<string>;
  sender_name: string;
  sender_address: string;
  reply_to: string | null;
  group_name: Generated<string>;
  position: Generated<number>;
  image: string | null;
  image_alt: Generated<string>;
  thanks: Generated<string>;
  welcome: string | null;
  list_id: string;
  status: Generated<"open" | "paused" | "closed">;
  hourly_limit: number | null;
  warmup_first: number | null;
  warmup_since: number | null;
  created_at: number;
}

export interface SubscribersTable {
  id: Generated<number>;
  email: string;
  email_key: string;
  name: Generated<string>;
  created_at: number;
  proven_at: number | null;
  soft_bounces: Generated<number>;
  soft_since: number | null;
  soft_issue: number | null;
}

export interface SubscriptionsTable {
  newsletter: number;
  subscriber: number;
  status: "pending" | "active" | "unsubscribed";
  generation: number;
  since: number;
  source: Generated<string>;
}

export interface WordingsTable {
  hash: string;
  text: string;
  first_shown_at: number;
}

export interface ConsentsTable {
  id: Generated<number>;
  newsletter: number;
  subscriber: number | null;
  generation: number;
  event: "asked" | "confirmed" | "withdrawn";
  at: number;
  method: string;
  wording: string | null;
  notice: Generated<number>;
  form: string | null;
  page: string | null;
}

export interface SuppressionsTable {
  id: Generated<number>;
  newsletter: Generated<number>;
  email_key: string | null;
  hash: string | null;
  key_id: number | null;
  reason: "complaint" | "hard-bounce" | "soft-bounce" | "manual" | "erased";
  origin: Generated<string>;
  at: number;
  until: number | null;
}

export interface ThrottlesTable {
  key: string;
  kind: "address";
  times: string;
  until: number;
}

export interface ContentsTable {
  hash: string;
  kind: "issue" | "notices";
  body: string;
  created_at: number;
}

export interface IssuesTable {
  id: Generated<number>;
  newsletter: number;
  slug: string;
  subject: string;
  source: string;
  content: string | null;
  status: Generated<"draft" | "scheduled" | "sending" | "paused" | "cancelled" | "incomplete" | "sent">;
  issued_at: number | null;
  created_at: number;
  updated_at: number;
  scheduled_at: number | null;
  audience_at: number | null;
  started_at: number | null;
  planned_at: number | null;
  finished_at: number | null;
  stop_reason: "editor" | "brake" | "provider" | "composing" | "stale" | null;
  brake_base: Generated<string>;
  error: string | null;
  sums: string | null;
  retired_at: number | null;
  emptied_at: number | null;
}

export interface BatchesTable {
  id: Generated<number>;
  lane: number;
  issue: number | null;
  first: number | null;
  last: number | null;
  size: number;
  state: "planned" | "claimed" | "accepted" | "failed" | "skipped" | "in_doubt";
  due_at: number;
  holder: string | null;
  fence: Generated<number>;
  attempt: Generated<number>;
  tries: Generated<number>;
  key_id: number | null;
  content: string | null;
  members: string | null;
  payload_hash: string | null;
  frozen_at: number | null;
  tried_at: number | null;
  first_sent_at: number | null;
  receipt: string | null;
  error: string | null;
  settled_at: number | null;
}

export interface JournalsTable {
  batch: number;
  letters: string;
}

export interface DeliveriesTable {
  issue: number;
  subscriber: number;
  batch: number | null;
  state: "accepted" | "failed" | "skipped" | "in_doubt" | null;
  reason: string | null;
  at: number | null;
  feedback: "bounced" | "complained" | "suppressed" | "failed" | null;
}

export interface NoticesTable {
  id: Generated<number>;
  kind: "confirmation" | "already" | "welcome" | "test";
  subscriber: number | null;
  address: string | null;
  items: string;
  content: string | null;
  once: string | null;
  created_at: number;
  expires_at: number;
  due_at: number;
  batch: number | null;
  state: "failed" | "skipped" | "in_doubt" | null;
  reason: string | null;
}

export interface OutletsTable {
  name: string;
  calls: number | null;
  span: Generated<number>;
  tokens: Generated<number>;
  filled_at: Generated<number>;
  failures: Generated<number>;
  shut_until: Generated<number>;
  reason: string | null;
  failing_since: number | null;
}

export interface MetersTable {
  key: string;
  span: "hour" | "day";
  start: number;
  mails: number;
}

export interface WebhooksTable {
  provider: string;
  event: string;
  received_at: number;
  body: string;
  applied_at: number | null;
  outcome: string | null;
}

export interface CountersTable {
  issue: number;
  name: string;
  n: number;
}

export interface OutboxKeysTable {
  hash: string;
  at: number;
  digest: string;
}

export interface OutboxMailsTable {
  id: string;
  at: number;
  recipient: string;
  sender: string;
  subject: string;
  size: number;
  mime: string;
}

/** All tables, as Kysely sees them. */
export interface Tables {
  instance: InstanceTable;
  tokens: TokensTable;
  newsletters: NewslettersTable;
  subscribers: SubscribersTable;
  subscriptions: SubscriptionsTable;
  wordings: WordingsTable;
  consents: ConsentsTable;
  suppressions: SuppressionsTable;
  throttles: ThrottlesTable;
  contents: ContentsTable;
  issues: IssuesTable;
  batches: BatchesTable;
  journals: JournalsTable;
  deliveries: DeliveriesTable;
  notices: NoticesTable;
  outlets: OutletsTable;
  meters: MetersTable;
  webhooks: WebhooksTable;
  counters: CountersTable;
  outbox_keys: OutboxKeysTable;
  outbox_mails: OutboxMailsTable;
}

export type NewsletterRow = Selectable<NewslettersTable>;
export type IssueRow = Selectable<IssuesTable>;
export type BatchRow = Selectable<BatchesTable>;
export type NoticeRow = Selectable<NoticesTable>;
export type InstanceRow = Selectable<InstanceTable>;
