import type { Selectable } from "kysely";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { explainAddress, parseAddress } from "../mail/address.ts";
import type { SubscribersTable } from "../store/rows.ts";

/** A subscriber as listed. */
export interface Subscriber {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  /** What the reader has chosen for pages and notices; null: that of each newsletter. */
  readonly language: string | null;
  readonly createdAt: number;
  readonly provenAt: number | null;
  readonly subscriptions: Subscribed[];
}

interface Subscribed {
  readonly newsletter: string;
  readonly status: string;
  readonly since: number;
  /** Active, but takes a break until then, in ms UTC; null: does not. */
  readonly pausedUntil: number | null;
  /** What the form told of itself: form, position, page, referrer, campaign; by name, and only what it told. */
  readonly source: Readonly<Record<string, string>>;
}

/** One event of the consent proof (LAW-01). */
export interface ConsentEvent {
  readonly newsletter: string;
  readonly generation: number;
  readonly event: string;
  readonly at: number;
  readonly method: string;
  /** The mail that a request led to, or whose link confirmed it; 0 for none. */
  readonly notice: number;
  readonly wording: string | null;
  readonly form: string | null;
  readonly page: string | null;
}

/** Subscribers by rising id after `after`, at most `limit`; of one newsletter and status where given. */
export async function listSubscribers(
  ctx: AppContext,
  page: { newsletter?: number; status?: "pending" | "active" | "unsubscribed"; after: number; limit: number },
): Promise<Subscriber[]> {
  let query = ctx.store.db
    .selectFrom("subscribers as p")
    .select(["p.id", "p.email", "p.name", "p.language", "p.created_at", "p.proven_at"])
    .where("p.id", ">", page.after);
  if (page.newsletter !== undefined || page.status !== undefined) {
    query = query.where((eb) => {
      let inner = eb.selectFrom("subscriptions as s").select("s.newsletter").whereRef("s.subscriber", "=", "p.id");
      if (page.newsletter !== undefined) inner = inner.where("s.newsletter", "=", page.newsletter);
      if (page.status !== undefined) inner = inner.where("s.status", "=", page.status);
      return eb.exists(inner);
    });
  }
  const people = await query.orderBy("p.id").limit(page.limit).execute();
  const held = await subscriptionsOf(
    ctx,
    people.map((person) => person.id),
  );
  return people.map((person) => toSubscriber(person, held));
}

function toSubscriber(
  person: Pick<Selectable<SubscribersTable>, "id" | "email" | "name" | "language" | "created_at" | "proven_at">,
  held: ReadonlyMap<number, Subscriber["subscriptions"]>,
): Subscriber {
  return {
    id: person.id,
    email: person.email,
    name: person.name,
    language: person.language,
    createdAt: person.created_at,
    provenAt: person.proven_at,
    subscriptions: held.get(person.id) ?? [],
  };
}

async function subscriptionsOf(ctx: AppContext, ids: number[]): Promise<Map<number, Subscriber["subscriptions"]>> {
  const found = new Map<number, Subscriber["subscriptions"]>();
  if (ids.length === 0) return found;
  const rows = await ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .select(["s.subscriber", "n.slug as newsletter", "s.status", "s.since", "s.paused_until", "s.source"])
    // One JSON parameter: D1 takes at most 100 bound values.
    .where("s.subscriber", "in", (eb) =>
      eb.selectFrom(eb.fn<{ value: number }>("json_each", [eb.val(JSON.stringify(ids))]).as("j")).select("j.value"),
    )
    .orderBy("n.position")
    .orderBy("n.slug")
    .execute();
  for (const { subscriber, newsletter, status, since, source, paused_until: until } of rows) {
    const list = found.get(subscriber) ?? [];
    const pausedUntil = status === "active" && until !== null && until > ctx.clock() ? until : null;
    list.push({ newsletter, status, since, pausedUntil, source: readSource(source) });
    found.set(subscriber, list);
  }
  return found;
}

function readSource(source: string | null): Record<string, string> {
  const told = Object.entries(JSON.parse(source ?? "{}") as Record<string, unknown>);
  return Object.fromEntries(told.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** One subscriber with consent proof and suppressions, by address; throws `invalid` or `not-found`. */
export async function showSubscriber(
  ctx: AppContext,
  address: string,
): Promise<
  Subscriber & { consents: ConsentEvent[]; suppressions: { newsletter: string | null; reason: string; at: number }[] }
> {
  const parsed = parseAddress(address, { allowReserved: true });
  if (!parsed.ok) throw new AppError("invalid", explainAddress(parsed.fault), { field: "address" });
  const suppressions = await ctx.store.db
    .selectFrom("suppressions as x")
    .leftJoin("newsletters as n", "n.id", "x.newsletter")
    .select(["n.slug as newsletter", "x.reason", "x.at"])
    .where("x.email_key", "=", parsed.emailKey)
    .execute();
  const person = await ctx.store.db
    .selectFrom("subscribers")
    .selectAll()
    .where("email_key", "=", parsed.emailKey)
    .executeTakeFirst();
  if (person === undefined) {
    const hint = suppressions.length > 0 ? "The address is suppressed; see: tidings suppression list" : "";
    throw new AppError("not-found", "Nobody has subscribed with this address.", hint === "" ? {} : { hint });
  }
  const held = await subscriptionsOf(ctx, [person.id]);
  return {
    ...toSubscriber(person, held),
    consents: await consentsOf(ctx, person.id),
    suppressions,
  };
}

async function consentsOf(ctx: AppContext, subscriber: number): Promise<ConsentEvent[]> {
  return ctx.store.db
    .selectFrom("consents as c")
    .innerJoin("newsletters as n", "n.id", "c.newsletter")
    .leftJoin("wordings as w", "w.hash", "c.wording")
    .select([
      "n.slug as newsletter",
      "c.generation",
      "c.event",
      "c.at",
      "c.method",
      "c.notice",
      "w.text as wording",
      "c.form",
      "c.page",
    ])
    .where("c.subscriber", "=", subscriber)
    .orderBy("c.id")
    .execute();
}
