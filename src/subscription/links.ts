import type { AppContext } from "../context.ts";
import { maskAddress } from "../mail/address.ts";
import type { NoticeRow } from "../store/rows.ts";

/** What a confirmation link stands for. */
export interface Asked {
  readonly notice: NoticeRow;
  readonly subscriber: number;
  readonly address: string;
  readonly items: AskedItem[];
}

export interface AskedItem {
  readonly newsletter: number;
  readonly slug: string;
  readonly name: string;
  readonly thanks: string;
  readonly generation: number;
  /** How the subscription stands now; null where it is gone or of another generation. */
  readonly status: "pending" | "active" | "unsubscribed" | null;
}

export type ConfirmLink = { known: true; asked: Asked } | { known: false; authentic: boolean };

/** Reads a confirmation link; `authentic` tells an old link of ours from a made-up one. */
export async function readConfirmLink(ctx: AppContext, token: string): Promise<ConfirmLink> {
  const read = ctx.signer.read("confirm", token);
  if (read === null) return { known: false, authentic: false };
  const [id = 0] = read.ids;
  const notice = await ctx.store.db.selectFrom("notices").selectAll().where("id", "=", id).executeTakeFirst();
  if (notice === undefined || notice.kind !== "confirmation" || notice.subscriber === null) {
    return { known: false, authentic: true };
  }
  const person = await ctx.store.db
    .selectFrom("subscribers")
    .select("email")
    .where("id", "=", notice.subscriber)
    .executeTakeFirst();
  if (person === undefined) return { known: false, authentic: true };
  const { subscriber } = notice;
  return {
    known: true,
    asked: {
      notice,
      subscriber,
      address: maskAddress(person.email),
      items: await itemsOf(ctx, subscriber, notice.items),
    },
  };
}

async function itemsOf(ctx: AppContext, subscriber: number, json: string): Promise<AskedItem[]> {
  const pairs = new Map(JSON.parse(json) as [number, number][]);
  const rows = await ctx.store.db
    .selectFrom("newsletters as n")
    .leftJoin("subscriptions as s", (join) =>
      join.onRef("s.newsletter", "=", "n.id").on("s.subscriber", "=", subscriber),
    )
    .select(["n.id", "n.slug", "n.name", "n.thanks", "s.status", "s.generation"])
    .where("n.id", "in", (eb) =>
      eb
        .selectFrom(eb.fn<{ value: number }>("json_each", [eb.val(JSON.stringify([...pairs.keys()]))]).as("j"))
        .select("j.value"),
    )
    .orderBy("n.position")
    .orderBy("n.name")
    .execute();
  return rows.map((row) => ({
    newsletter: row.id,
    slug: row.slug,
    name: row.name,
    thanks: row.thanks,
    generation: pairs.get(row.id) ?? 0,
    status: row.generation === pairs.get(row.id) ? row.status : null,
  }));
}

/** Who and what an unsubscribe link stands for; `test` for the links of a test mail. */
export type LeaveLink =
  | { kind: "unknown" }
  | { kind: "test" }
  | { kind: "gone" }
  | { kind: "reader"; newsletter: number; name: string; subscriber: number; address: string };

/** Reads an unsubscribe link. Old ones are honoured for ever, whichever key made them (DOI-04). */
export async function readLeaveLink(ctx: AppContext, token: string): Promise<LeaveLink> {
  const read = ctx.signer.read("leave", token);
  if (read === null) return { kind: "unknown" };
  const [newsletter = 0, subscriber = 0] = read.ids;
  if (subscriber === 0) return { kind: "test" };
  const row = await ctx.store.db
    .selectFrom("subscribers as p")
    .innerJoin("newsletters as n", (join) => join.on("n.id", "=", newsletter))
    .select(["p.email", "n.name"])
    .where("p.id", "=", subscriber)
    .executeTakeFirst();
  if (row === undefined) return { kind: "gone" };
  return { kind: "reader", newsletter, name: row.name, subscriber, address: maskAddress(row.email) };
}

/** Whose preferences a link opens. */
export type PreferencesLink =
  | { kind: "unknown" }
  | { kind: "test" }
  | { kind: "gone" }
  | { kind: "reader"; subscriber: number; address: string };

/** Reads a preferences link; it reaches only the subscriber it was made for (SEC-25). */
export async function readPreferencesLink(ctx: AppContext, token: string): Promise<PreferencesLink> {
  const read = ctx.signer.read("preferences", token);
  if (read === null) return { kind: "unknown" };
  const [subscriber = 0] = read.ids;
  if (subscriber === 0) return { kind: "test" };
  const row = await ctx.store.db
    .selectFrom("subscribers")
    .select("email")
    .where("id", "=", subscriber)
    .executeTakeFirst();
  return row === undefined ? { kind: "gone" } : { kind: "reader", subscriber, address: maskAddress(row.email) };
}
