import type { AppContext } from "../context.ts";
import { type Joined, standing } from "./confirm.ts";
import { readConfirmLink, readLeaveLink, readPreferencesLink } from "./links.ts";

export type ConfirmView =
  | { outcome: "ask"; newsletters: { slug: string; name: string }[]; address: string }
  | { outcome: "already"; newsletters: Joined[] }
  | { outcome: "expired" }
  | { outcome: "unknown" };

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
  | { outcome: "ask"; newsletter: string; address: string; subscribed: boolean; others: boolean }
  | { outcome: "gone" }
  | { outcome: "test" }
  | { outcome: "unknown" };

/** What the page behind an unsubscribe link shows on GET; reads only. */
export async function viewLeave(ctx: AppContext, token: string): Promise<LeaveView> {
  const link = await readLeaveLink(ctx, token);
  if (link.kind !== "reader") return { outcome: link.kind };
  const held = await ctx.store.db
    .selectFrom("subscriptions")
    .select("newsletter")
    .where("subscriber", "=", link.subscriber)
    .where("status", "!=", "unsubscribed")
    .execute();
  return {
    outcome: "ask",
    newsletter: link.name,
    address: link.address,
    subscribed: held.some((one) => one.newsletter === link.newsletter),
    others: held.some((one) => one.newsletter !== link.newsletter),
  };
}

/** A subscription on the preference page. */
export interface Held {
  readonly slug: string;
  readonly name: string;
  readonly pitch: string;
  readonly frequency: string;
  readonly status: "pending" | "active" | "unsubscribed";
}

export type PreferencesView =
  | { outcome: "ok"; address: string; subscriptions: Held[] }
  | { outcome: "gone" }
  | { outcome: "test" }
  | { outcome: "unknown" };

/** What the preference page shows; reads only. */
export async function viewPreferences(ctx: AppContext, token: string): Promise<PreferencesView> {
  const link = await readPreferencesLink(ctx, token);
  if (link.kind !== "reader") return { outcome: link.kind };
  const subscriptions = await ctx.store.db
    .selectFrom("subscriptions as s")
    .innerJoin("newsletters as n", "n.id", "s.newsletter")
    .select(["n.slug", "n.name", "n.pitch", "n.frequency", "s.status"])
    .where("s.subscriber", "=", link.subscriber)
    .orderBy("n.position")
    .orderBy("n.name")
    .execute();
  return { outcome: "ok", address: link.address, subscriptions };
}
