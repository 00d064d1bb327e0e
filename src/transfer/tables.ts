/** A table whose rows travel to another installation. */
export interface Freight {
  readonly name: string;
  /** Rows travel in its order; on both sides it names the same row. */
  readonly key: readonly string[];
  /** In the order of a row as it travels. */
  readonly columns: readonly string[];
  /** Column → the table that has what it names. A row waits until that has come. */
  readonly parents: Readonly<Record<string, string>>;
  /** True where ids are counted, and must never be given out again. */
  readonly counts: boolean;
  /** Rows that a page has at most: large ones travel in small pages, since a Worker has 128 MB. */
  readonly page: number;
}

interface Rest {
  readonly parents?: Readonly<Record<string, string>>;
  readonly counts?: true;
  readonly page?: number;
}

function rows(name: string, key: string, columns: string, { parents = {}, counts, page = 2_000 }: Rest = {}): Freight {
  const words = (text: string) => text.trim().split(/\s+/);
  return { name, key: words(key), columns: words(columns), parents, counts: counts === true, page };
}

/**
 * What moves, parents before children. What stays: columns that are about the place (where it is served, its hold, its clock; when a
 * token was last used there), the pace of its ways out, and kept mails, which are copies for reading.
 */
export const freight: readonly Freight[] = [
  rows(
    "instance",
    "id",
    `id uid created_at key_ids site operator postal_address privacy_url contact sender_name sender_address confirm_hours
     keep_notices_days keep_outbox_days keep_ledger_days time_zone hourly_limit warmup_first warmup_since domain_limits
     language signup_limits challenge role_addresses disposable check_mx turnstile_site remind_hours keep_unconfirmed_days`,
  ),
  // By its hash: both places have tokens of their own already, and their ids are nobody else's business.
  rows("tokens", "hash", "hash name scopes created_at revoked_at"),
  rows(
    "newsletters",
    "id",
    `id slug name pitch about frequency language sender_name sender_address reply_to group_name position image image_alt
     thanks welcome list_id hourly_limit warmup_first warmup_since created_at status archive origins redirects image_square`,
    { counts: true, page: 100 },
  ),
  rows(
    "subscribers",
    "id",
    "id email email_key name created_at proven_at soft_bounces soft_since soft_issue language",
    {
      counts: true,
    },
  ),
  rows("wordings", "hash", "hash text first_shown_at", { page: 200 }),
  rows(
    "subscriptions",
    "newsletter subscriber",
    "newsletter subscriber status generation since source paused_until paused_at",
    {
      parents: { newsletter: "newsletters", subscriber: "subscribers" },
    },
  ),
  rows("consents", "id", "id newsletter subscriber generation event at method wording notice form page", {
    parents: { wording: "wordings" },
    counts: true,
  }),
  rows("suppressions", "id", "id newsletter email_key hash key_id reason origin at until", { counts: true }),
  rows("throttles", "key", "key kind times until"),
  rows("rates", "key start", "key start n"),
  rows("proofs", "hash", "hash until"),
  rows("goodbyes", "id", "id newsletter at reason note leaving", {
    parents: { newsletter: "newsletters" },
    counts: true,
  }),
  rows("texts", "newsletter language key", "newsletter language key text", { parents: { newsletter: "newsletters" } }),
  rows("contents", "hash", "hash kind body created_at", { page: 8 }),
  rows(
    "issues",
    "id",
    `id newsletter slug subject source content status issued_at created_at updated_at scheduled_at audience_at started_at
     planned_at finished_at stop_reason brake_base error sums retired_at emptied_at web corrected_at correction`,
    { parents: { newsletter: "newsletters", content: "contents", web: "contents" }, counts: true, page: 8 },
  ),
  rows(
    "batches",
    "id",
    `id lane issue first last size state due_at holder fence attempt tries key_id content members payload_hash frozen_at
     tried_at first_sent_at receipt error settled_at`,
    { parents: { issue: "issues", content: "contents" }, counts: true, page: 200 },
  ),
  rows("journals", "batch", "batch letters", { parents: { batch: "batches" } }),
  rows("deliveries", "issue subscriber", "issue subscriber batch state reason at feedback", {
    parents: { issue: "issues", batch: "batches" },
  }),
  rows(
    "notices",
    "id",
    "id kind subscriber address items content once created_at expires_at due_at batch state reason mailbox",
    { parents: { subscriber: "subscribers", content: "contents", batch: "batches" }, counts: true, page: 1_000 },
  ),
  rows("meters", "key span start", "key span start mails"),
  rows("webhooks", "provider event", "provider event received_at body applied_at outcome", { page: 100 }),
  rows("counters", "issue name", "issue name n", { parents: { issue: "issues" } }),
];

/** Their names; never empty. */
export const freightNames = freight.map(({ name }) => name) as [string, ...string[]];

/** A table by its name. Throws for one that does not travel: the edge has checked it. */
export function freightOf(name: string): Freight {
  const found = freight.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the table ${name} does not travel`);
  return found;
}
