import type { Generated } from "kysely";

// Row types of issues and of what is mailed, as in schema.sql; test/store/rows.test.ts compares the two.

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
  web: string | null;
  corrected_at: number | null;
  correction: Generated<string>;
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
  kind: "confirmation" | "already" | "reminder" | "welcome" | "link" | "address" | "test";
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
  mailbox: string | null;
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
