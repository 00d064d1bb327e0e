import { type CompiledQuery, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { maskAddress } from "../mail/address.ts";
import { prepareStatements } from "../store/prepared.ts";
import type { NoticeRow } from "../store/rows.ts";

/** What a confirmation link stands for. */
export interface Asked {
  readonly notice: NoticeRow;
  readonly subscriber: number;
  readonly address: string;
  readonly emailKey: string;
  /** What the reader has chosen, or else that of the first newsletter. */
  readonly language: string | null;
  readonly items: AskedItem[];
}

export interface AskedItem {
  readonly newsletter: number;
  readonly slug: string;
  readonly name: string;
  readonly thanks: string;
  readonly language: string;
  readonly generation: number;
  /** How the subscription stands now; null where it is gone or of another generation. */
  readonly status: "pending" | "active" | "unsubscribed" | null;
}

export type ConfirmLink = { known: true; asked: Asked } | { known: false; authentic: boolean };

interface AskedRow extends NoticeRow {
  readonly email: string | null;
  readonly email_key: string | null;
  readonly chosen: string | null;
  /** JSON of the items. */
  readonly asked: string;
}

const readAsked = prepareStatements<{ id: number }>(({ id }) => [
  sql`select o.*, p.email, p.email_key, p.language chosen,
      (select json_group_array(json_object('newsletter', m.id, 'slug', m.slug, 'name', m.name, 'thanks', m.thanks,
          'language', m.language, 'generation', m.generation, 'status', m.standing))
        from (select n.id, n.slug, n.name, n.thanks, n.language, j.value ->> 1 generation, iif(s.generation = j.value ->> 1, s.status, null) standing
          from json_each(o.items) j join newsletters n on n.id = j.value ->> 0
          left join subscriptions s on s.newsletter = n.id and s.subscriber = o.subscriber
          order by n.position, n.name) m) asked
    from notices o left join subscribers p on p.id = o.subscriber where o.id = ${id}`,
]);

/** Reads a confirmation link; `authentic` tells an old link of ours from a made-up one. */
export async function readConfirmLink(ctx: AppContext, token: string): Promise<ConfirmLink> {
  const read = ctx.signer.read("confirm", token);
  if (read === null) return { known: false, authentic: false };
  const { db } = ctx.store;
  const [query] = readAsked(db, { id: read.ids[0] ?? 0 });
  const { rows } = await db.executeQuery(query?.compile(db) as CompiledQuery<AskedRow>);
  const { email, email_key, chosen, asked, ...notice } = rows[0] ?? { email: null, email_key: null, asked: "[]" };
  const asks = "kind" in notice && (notice.kind === "confirmation" || notice.kind === "reminder");
  if (!asks || notice.subscriber === null || email === null || email_key === null) {
    return { known: false, authentic: true };
  }
  const items = JSON.parse(asked) as AskedItem[];
  return {
    known: true,
    asked: {
      notice,
      subscriber: notice.subscriber,
      address: maskAddress(email),
      emailKey: email_key,
      language: chosen ?? items[0]?.language ?? null,
      items,
    },
  };
}

/** Who and what an unsubscribe link stands for; `test` for the links of a test mail. */
export type LeaveLink =
  | { kind: "unknown" }
  | { kind: "test" }
  | { kind: "gone" }
  | {
      kind: "reader";
      newsletter: number;
      /** Null where it takes no new readers. */
      slug: string | null;
      name: string;
      subscriber: number;
      address: string;
      /** What the reader has chosen, or else the newsletter's. */
      language: string;
    };

/** Reads an unsubscribe link. Old ones are honoured for ever, whichever key made them (DOI-04). */
export async function readLeaveLink(ctx: AppContext, token: string): Promise<LeaveLink> {
  const read = ctx.signer.read("leave", token);
  if (read === null) return { kind: "unknown" };
  const [newsletter = 0, subscriber = 0] = read.ids;
  if (subscriber === 0) return { kind: "test" };
  const row = await ctx.store.db
    .selectFrom("subscribers as p")
    .innerJoin("newsletters as n", (join) => join.on("n.id", "=", newsletter))
    .select(["p.email", "n.name", "p.language as chosen", "n.language", "n.slug", "n.status"])
    .where("p.id", "=", subscriber)
    .executeTakeFirst();
  if (row === undefined) return { kind: "gone" };
  const { name, email, chosen } = row;
  const slug = row.status === "open" ? row.slug : null;
  const language = chosen ?? row.language;
  return { kind: "reader", newsletter, slug, name, subscriber, address: maskAddress(email), language };
}
