import type { AppContext } from "../context.ts";
import { maskAddress } from "../mail/address.ts";

/** How a reader came: by the link in an issue, which may have been forwarded, or by a fresh one mailed to the address alone. */
export interface ReaderLink {
  readonly by: "issue" | "fresh";
  readonly token: string;
}

/** For how long a link works that was mailed on request, in ms. */
export const freshFor = 3_600_000;

/** A reader as their own pages know them. */
export interface Reader {
  readonly kind: "reader";
  readonly subscriber: number;
  /** The notice that mailed a fresh link; 0 for the link in an issue. */
  readonly notice: number;
  readonly email: string;
  readonly emailKey: string;
  /** Masked, for pages. */
  readonly address: string;
  readonly name: string;
  /** Chosen by the reader; null: that of the newsletters. */
  readonly language: string | null;
  /** The link stood in a mail to an address that the reader has left since: whoever has that mailbox now may leave and pause, no more. */
  readonly former: boolean;
}

/** Why a link opens nothing: forged, of a test mail, of somebody erased, or no longer fresh. */
export type Closed = { kind: "unknown" } | { kind: "test" } | { kind: "gone" } | { kind: "expired" };

/** Whose pages a link opens; it reaches only the subscriber it was made for (SEC-25). Reads only. */
export async function openLink(ctx: AppContext, link: ReaderLink): Promise<Reader | Closed> {
  return link.by === "issue" ? openIssueLink(ctx, link.token) : openFreshLink(ctx, link.token);
}

async function openIssueLink(ctx: AppContext, token: string): Promise<Reader | Closed> {
  const read = ctx.signer.read("preferences", token);
  if (read === null) return { kind: "unknown" };
  // Links of before the time was told say none, and are older than any move.
  const [subscriber = 0, mailedAt = 0] = read.ids;
  if (subscriber === 0) return { kind: "test" };
  const reader = await readReader(ctx, subscriber, 0);
  if (reader === null) return { kind: "gone" };
  return { ...reader, former: mailedAt <= (await movedAt(ctx, subscriber)) };
}

/** When the reader has moved to their present address, in ms UTC; -1: they never have. */
async function movedAt(ctx: AppContext, subscriber: number): Promise<number> {
  const row = await ctx.store.db
    .selectFrom("consents")
    .select((eb) => eb.fn.max("at").as("at"))
    .where("subscriber", "=", subscriber)
    .where("method", "=", "address")
    .executeTakeFirst();
  return row?.at ?? -1;
}

/** Only while its notice stands: changing the address or erasing oneself ends it at once. */
async function openFreshLink(ctx: AppContext, token: string): Promise<Reader | Closed> {
  const read = ctx.signer.read("manage", token);
  if (read === null) return { kind: "unknown" };
  const [notice = 0, subscriber = 0] = read.ids;
  // In one look: whoever is erased between two would pass for somebody whose link has expired.
  const row = await ctx.store.db
    .selectFrom("subscribers as p")
    .leftJoin("notices as o", (join) =>
      join.onRef("o.subscriber", "=", "p.id").on("o.id", "=", notice).on("o.kind", "=", "link"),
    )
    .select([...columns, "o.expires_at"])
    .where("p.id", "=", subscriber)
    .executeTakeFirst();
  if (row === undefined) return { kind: "gone" };
  return (row.expires_at ?? 0) <= ctx.clock() ? { kind: "expired" } : toReader(row, notice);
}

const columns = ["p.id", "p.email", "p.email_key", "p.name", "p.language"] as const;

/** One reader by id; null after erasure. */
export async function readReader(ctx: AppContext, subscriber: number, notice: number): Promise<Reader | null> {
  const row = await ctx.store.db
    .selectFrom("subscribers as p")
    .select(columns)
    .where("p.id", "=", subscriber)
    .executeTakeFirst();
  return row === undefined ? null : toReader(row, notice);
}

function toReader(
  row: { id: number; email: string; email_key: string; name: string; language: string | null },
  notice: number,
): Reader {
  const { id, email, email_key: emailKey, name, language } = row;
  const address = maskAddress(email);
  return { kind: "reader", subscriber: id, notice, email, emailKey, address, name, language, former: false };
}
