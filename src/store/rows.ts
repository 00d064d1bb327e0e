import type { Generated, Selectable } from "kysely";
import type {
  BatchesTable,
  CountersTable,
  DeliveriesTable,
  IssuesTable,
  JournalsTable,
  MetersTable,
  NoticesTable,
  OutboxKeysTable,
  OutboxMailsTable,
  OutletsTable,
  WebhooksTable,
} from "./ledger-rows.ts";

// Row types that mirror schema.sql column by column, those of what is mailed in ledger-rows.ts; test/store/rows.test.ts compares the two.

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
  language: Generated<string>;
  signup_limits: Generated<string>;
  challenge: Generated<"auto" | "always" | "never">;
  role_addresses: Generated<"refuse" | "allow">;
  disposable: Generated<"allow" | "flag" | "refuse">;
  check_mx: Generated<number>;
  turnstile_site: string | null;
  remind_hours: number | null;
  keep_unconfirmed_days: Generated<number>;
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
  hourly_limit: number | null;
  warmup_first: number | null;
  warmup_since: number | null;
  created_at: number;
  status: Generated<"hidden" | "open" | "paused" | "closed">;
  archive: Generated<"public" | "link" | "none">;
  origins: Generated<string>;
  redirects: Generated<string>;
  image_square: string | null;
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
  language: string | null;
}

export interface SubscriptionsTable {
  newsletter: number;
  subscriber: number;
  status: "pending" | "active" | "unsubscribed";
  generation: number;
  since: number;
  source: Generated<string>;
  paused_until: number | null;
  paused_at: number | null;
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

export interface RatesTable {
  key: string;
  start: number;
  n: number;
}

export interface ProofsTable {
  hash: string;
  until: number;
}

export interface GoodbyesTable {
  id: Generated<number>;
  newsletter: number;
  at: number;
  reason: string;
  note: Generated<string>;
  leaving: string | null;
}

export interface TextsTable {
  newsletter: number;
  language: string;
  key: string;
  text: string;
}

export interface ContentsTable {
  hash: string;
  kind: "issue" | "notices";
  body: string;
  created_at: number;
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
  rates: RatesTable;
  proofs: ProofsTable;
  goodbyes: GoodbyesTable;
  texts: TextsTable;
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
