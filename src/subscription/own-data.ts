import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { type ConsentEvent, showSubscriber } from "../subscriber/find.ts";
import { type Closed, openLink } from "./access.ts";

/** Everything that is kept about a reader, with times as ISO 8601 (LAW-04). */
export interface OwnData {
  readonly exportedAt: string;
  readonly address: string;
  readonly name: string;
  readonly language: string | null;
  readonly firstSeenAt: string;
  readonly addressConfirmedAt: string | null;
  readonly subscriptions: {
    newsletter: string;
    status: string;
    since: string;
    pausedUntil: string | null;
    source: unknown;
  }[];
  readonly consents: (Omit<ConsentEvent, "at"> & { at: string })[];
  readonly suppressions: { newsletter: string | null; reason: string; at: string }[];
  readonly issues: { newsletter: string; issue: string; state: string; feedback: string | null }[];
  readonly mails: { kind: string; at: string; address: string | null; state: string | null }[];
}

/** What is kept about the reader of a fresh link. Reads only. */
export async function readOwnData(
  ctx: AppContext,
  input: { token: string },
): Promise<{ kind: "data"; data: OwnData } | Closed> {
  const reader = await openLink(ctx, { by: "fresh", token: input.token });
  if (reader.kind !== "reader") return reader;
  const { subscriber, email, language } = reader;
  const shown = await showSubscriber(ctx, email);
  const data: OwnData = {
    exportedAt: iso(ctx.clock()),
    address: email,
    name: shown.name,
    language,
    firstSeenAt: iso(shown.createdAt),
    addressConfirmedAt: shown.provenAt === null ? null : iso(shown.provenAt),
    subscriptions: await subscriptionsOf(ctx, subscriber),
    consents: shown.consents.map((event) => ({ ...event, at: iso(event.at) })),
    suppressions: shown.suppressions.map((one) => ({ ...one, at: iso(one.at) })),
    issues: await issuesOf(ctx, subscriber),
    mails: await mailsOf(ctx, subscriber),
  };
  return { kind: "data", data };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

async function subscriptionsOf(ctx: AppContext, subscriber: number): Promise<OwnData["subscriptions"]> {
  const rows = await ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .select(["n.slug", "s.status", "s.since", "s.paused_until", "s.source"])
    .where("s.subscriber", "=", subscriber)
    .orderBy("n.position")
    .orderBy("n.slug")
    .execute();
  return rows.map(({ slug, status, since, paused_until: until, source }) => ({
    newsletter: slug,
    status,
    since: iso(since),
    pausedUntil: until === null || until <= ctx.clock() ? null : iso(until),
    source: JSON.parse(source) as unknown,
  }));
}

/** A delivery without a state or batch of its own shares those of the range that it lies in. */
async function issuesOf(ctx: AppContext, subscriber: number): Promise<OwnData["issues"]> {
  const { rows } = await sql<OwnData["issues"][number]>`
    select n.slug newsletter, i.slug issue, d.feedback, coalesce(d.state,
      (select state from batches where id = d.batch),
      (select state from batches where issue = d.issue and first <= d.subscriber order by first desc limit 1)) state
    from issues i join deliveries d on d.issue = i.id and d.subscriber = ${subscriber}
    join newsletters n on n.id = i.newsletter order by i.id`.execute(ctx.store.db);
  return rows;
}

/** Mails that prove a consent too, which a move to another address has made nobody's: their links must not reach who has moved. */
async function mailsOf(ctx: AppContext, subscriber: number): Promise<OwnData["mails"]> {
  const { rows } = await sql<{ kind: string; at: number; address: string | null; state: string | null }>`
    select o.kind, o.created_at at, o.address, coalesce(o.state, b.state, 'waiting') state
    from notices o left join batches b on b.id = o.batch where o.subscriber = ${subscriber}
      or o.id in (select c.notice from consents c where c.subscriber = ${subscriber} and c.notice > 0) order by o.id`.execute(
    ctx.store.db,
  );
  return rows.map(({ at, ...rest }) => ({ ...rest, at: iso(at) }));
}
