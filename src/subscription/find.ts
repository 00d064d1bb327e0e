import type { AppContext } from "../context.ts";
import { listNewsletters, type Newsletter } from "../newsletter/find.ts";
import { type Closed, openLink, type ReaderLink } from "./access.ts";
import { type Joined, standing } from "./confirm.ts";
import { readConfirmLink, readLeaveLink } from "./links.ts";

export type ConfirmView =
  | { outcome: "ask"; newsletters: { slug: string; name: string }[]; address: string }
  | { outcome: "already"; newsletters: Joined[] }
  | { outcome: "expired" }
  | { outcome: "unknown" };

/** In which language pages behind a confirmation link speak, and the one newsletter that it is about; null where nobody knows. */
export async function voiceOfConfirm(
  ctx: AppContext,
  token: string,
): Promise<{ language: string | null; about: number }> {
  const link = await readConfirmLink(ctx, token);
  if (!link.known) return { language: null, about: 0 };
  const [first, second] = link.asked.items;
  return { language: link.asked.language, about: second === undefined ? (first?.newsletter ?? 0) : 0 };
}

/** What the page behind a confirmation link shows; reads only, for scanners open it too (I1). */
export async function viewConfirm(ctx: AppContext, token: string): Promise<ConfirmView> {
  const link = await readConfirmLink(ctx, token);
  if (!link.known) return { outcome: link.authentic ? "expired" : "unknown" };
  const { asked } = link;
  const pending = asked.items.filter((item) => item.status === "pending");
  if (pending.length > 0 && asked.notice.expires_at > ctx.clock()) {
    return {
      outcome: "ask",
      newsletters: pending.map(({ slug, name }) => ({ slug, name })),
      address: asked.address,
    };
  }
  const already = standing(link, ctx.clock());
  return already?.outcome === "already" ? already : { outcome: "expired" };
}

export type LeaveView =
  | {
      outcome: "ask";
      id: number;
      /** Null where it takes no new readers. */
      slug: string | null;
      newsletter: string;
      address: string;
      language: string;
      subscribed: boolean;
      /** Takes a break until then, in ms UTC; null: does not. */
      pausedUntil: number | null;
      others: boolean;
    }
  | { outcome: "gone" }
  | { outcome: "test" }
  | { outcome: "unknown" };

/** What the page behind an unsubscribe link shows on GET; reads only. */
export async function viewLeave(ctx: AppContext, token: string): Promise<LeaveView> {
  const link = await readLeaveLink(ctx, token);
  if (link.kind !== "reader") return { outcome: link.kind };
  const held = await ctx.store.db
    .selectFrom("subscriptions")
    .select(["newsletter", "paused_until"])
    .where("subscriber", "=", link.subscriber)
    .where("status", "!=", "unsubscribed")
    .execute();
  const own = held.find((one) => one.newsletter === link.newsletter);
  return {
    outcome: "ask",
    id: link.newsletter,
    slug: link.slug,
    newsletter: link.name,
    address: link.address,
    language: link.language,
    subscribed: own !== undefined,
    pausedUntil: stillPaused(own?.paused_until, ctx.clock()),
    others: held.some((one) => one.newsletter !== link.newsletter),
  };
}

function stillPaused(until: number | null | undefined, now: number): number | null {
  return until !== null && until !== undefined && until > now ? until : null;
}

/** A subscription on the preference page. */
export interface Held {
  readonly slug: string;
  readonly name: string;
  readonly pitch: string;
  readonly frequency: string;
  readonly language: string;
  readonly status: "pending" | "active";
  readonly pausedUntil: number | null;
}

export type PreferencesView =
  | {
      outcome: "ok";
      address: string;
      name: string;
      /** What the reader has chosen; null: that of the newsletters. */
      chosen: string | null;
      /** What the page should speak; null where neither reader nor newsletters say. */
      language: string | null;
      /** The link was mailed to an address that the reader has left since: it may leave and pause, no more. */
      former: boolean;
      subscriptions: Held[];
      /** Open newsletters that are not held. */
      others: Newsletter[];
    }
  | { outcome: Closed["kind"] };

/** What the preference page shows; reads only. */
export async function viewPreferences(ctx: AppContext, link: ReaderLink): Promise<PreferencesView> {
  const reader = await openLink(ctx, link);
  if (reader.kind !== "reader") return { outcome: reader.kind };
  const held = await ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .select(["n.slug", "n.name", "n.pitch", "n.frequency", "n.language", "s.status", "s.paused_until"])
    .where("s.subscriber", "=", reader.subscriber)
    .where("s.status", "!=", "unsubscribed")
    .orderBy("n.position")
    .orderBy("n.name")
    .execute();
  const slugs = new Set(held.map(({ slug }) => slug));
  const open = await listNewsletters(ctx, { status: "open" });
  const subscriptions = held.map(({ paused_until, status, ...rest }) => ({
    ...rest,
    status: status === "active" ? ("active" as const) : ("pending" as const),
    pausedUntil: stillPaused(paused_until, ctx.clock()),
  }));
  return {
    outcome: "ok",
    address: reader.address,
    name: reader.name,
    chosen: reader.language,
    former: reader.former,
    language: reader.language ?? subscriptions[0]?.language ?? null,
    subscriptions,
    others: open.filter(({ slug }) => !slugs.has(slug)),
  };
}
