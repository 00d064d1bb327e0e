import { applyFeedback } from "../../src/dispatch/feedback.ts";
import {
  type Detail,
  type Reported,
  sign,
  type Webhook,
  type WebhookKind,
  webhookBody,
} from "../fakes/resend/webhooks.ts";
import type { World, WorldOptions } from "../world.ts";
import { address, type Office, openOffice } from "./post.ts";

/** Signing secret of all webhooks in tests, and the settings that go with it. */
export const webhookSecret = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
export const webhookSettings = {
  TIDINGS_PROVIDER: "resend",
  RESEND_API_KEY: "re_post",
  RESEND_WEBHOOK_SECRET: webhookSecret,
};

/** A report about the mail of a seeded reader. */
export interface Said {
  readonly kind: WebhookKind;
  readonly reader: number;
  readonly detail?: Detail;
  /** One unless given. */
  readonly issue?: number;
  /** When the mail was made, ms UTC; now unless given. */
  readonly at?: number;
  /** Of the webhook; one of its own unless given. */
  readonly id?: string;
  /** Where the mail went; the reader's address unless given. */
  readonly to?: string;
}

let made = 0;

/** The tags of a mail of an issue. */
export async function tagsOf(world: World, more: Readonly<Record<string, unknown>>): Promise<Reported["tags"]> {
  const { uid } = await world.ctx.store.db.selectFrom("instance").select("uid").executeTakeFirstOrThrow();
  return Object.entries({ instance: uid, ...more }).map(([name, value]) => ({ name, value: String(value) }));
}

/** The webhook that says so, signed. */
export async function webhookOf(world: World, said: Said): Promise<Webhook> {
  const now = world.clock.now;
  const tags = await tagsOf(world, { issue: said.issue ?? 1, subscriber: said.reader });
  const mail = { recipient: said.to ?? address(said.reader), at: said.at ?? now, tags };
  made += 1;
  return sign({
    secret: webhookSecret,
    id: said.id ?? `msg_${made}`,
    body: webhookBody(said.kind, mail, said.detail, now),
    now,
  });
}

/** Posts a webhook to the app; tells the status of the answer. */
export async function deliver(world: World, { headers, body }: Webhook): Promise<number> {
  const answer = await world.app.request("/webhooks/resend", { method: "POST", headers, body });
  return answer.status;
}

/** Posts reports and applies them all. */
export async function report(world: World, ...list: readonly Said[]): Promise<void> {
  for (const said of list) {
    const status = await deliver(world, await webhookOf(world, said));
    if (status !== 200) throw new Error(`a webhook was answered ${status}`);
  }
  await applyAll(world);
}

/** Applies whatever waits. */
export async function applyAll({ ctx }: Pick<World, "ctx">): Promise<void> {
  while (await applyFeedback(ctx));
}

/** An office that is told of what becomes of its mails; they leave into the outbox all the same. */
export async function openReported(options: WorldOptions & { readers?: number } = {}): Promise<Office> {
  const { environment = {}, ...rest } = options;
  return openOffice({ ...rest, environment: { RESEND_WEBHOOK_SECRET: webhookSecret, ...environment } });
}

/** What is counted of an issue, by name. */
export async function countsOf({ connection }: Office, issue = 1): Promise<Record<string, number>> {
  const rows = await connection
    .prepare<[number], { name: string; n: number }>("select name, n from counters where issue = ? order by name")
    .all(issue);
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

/** What is noted on readers' deliveries. */
export async function feedbackOf({ connection }: Office, issue = 1): Promise<Record<number, string>> {
  const rows = await connection
    .prepare<[number], { subscriber: number; feedback: string }>(
      "select subscriber, feedback from deliveries where issue = ? and feedback is not null order by subscriber",
    )
    .all(issue);
  return Object.fromEntries(rows.map(({ subscriber, feedback }) => [subscriber, feedback]));
}

/** Suppressed addresses: their reasons, and whether for good. */
export async function suppressionsOf({ connection }: Office): Promise<Record<string, string>> {
  const rows = await connection
    .prepare<[], { who: string; reason: string; until: number | null }>(
      "select coalesce(email_key, 'hash') who, reason, until from suppressions order by email_key",
    )
    .all();
  return Object.fromEntries(rows.map(({ who, reason, until }) => [who, until === null ? reason : `${reason} for now`]));
}

/** What became of the reports, in the order of their ids. */
export async function outcomesOf({ connection }: Office): Promise<string[]> {
  return await connection
    .prepare<[], string>("select coalesce(outcome, 'waiting') from webhooks order by event")
    .pluck()
    .all();
}
