import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { SkippedNotice } from "../delivery/freeze.ts";
import { type Instance, missingForMail, readInstance } from "../instance/find.ts";
import { parseAddress } from "../mail/address.ts";
import type { Mailbox } from "../mail/message.ts";
import type { NoticeData, TemplatedKind } from "../mail/notice.ts";
import { sourceLanguage, speakable } from "../mail/texts.ts";
import { ownTexts } from "../newsletter/texts.ts";
import type { NewsletterRow, NoticeRow } from "../store/rows.ts";
import { addressHashes, barred, suppressed } from "../suppression/suppress.ts";

/** What is frozen of one notice: all that its mail is made of but the links, which are derived from ids and key (I10). */
export type Letter =
  | {
      readonly id: number;
      readonly kind: TemplatedKind;
      readonly to: string;
      readonly subscriber: number;
      readonly from: Mailbox;
      readonly replyTo: Mailbox | null;
      readonly publicUrl: string;
      /** Of the one newsletter that a welcome is about; null where it is about several. */
      readonly list: { readonly newsletter: number; readonly name: string; readonly listId: string } | null;
      readonly data: Written;
    }
  | {
      readonly id: number;
      readonly kind: "test";
      readonly to: string;
      readonly newsletter: number;
      readonly content: string;
    };

/** What a notice says, but for its links. */
type Written = Omit<NoticeData, `${string}Url`> & Pick<NoticeData, "hubUrl">;

interface Item {
  readonly newsletter: NewsletterRow;
  readonly status: "pending" | "active" | "unsubscribed" | null;
  readonly suppressed: boolean;
}

const hour = 3_600_000;

/** Rechecks claimed notices against how things stand now: what still has something to say, and what is skipped and why. */
export async function writeLetters(
  ctx: AppContext,
  notices: readonly NoticeRow[],
): Promise<{ letters: Letter[]; skipped: SkippedNotice[] }> {
  const instance = await readInstance(ctx);
  const letters: Letter[] = [];
  const skipped: SkippedNotice[] = [];
  for (const notice of notices) {
    const letter = notice.expires_at <= ctx.clock() ? "expired" : await writeLetter(ctx, notice, instance);
    if (typeof letter === "string") skipped.push({ id: notice.id, reason: letter });
    else letters.push(letter);
  }
  return { letters, skipped };
}

async function writeLetter(ctx: AppContext, notice: NoticeRow, instance: Instance): Promise<Letter | string> {
  const items = await itemsOf(ctx, notice);
  if (notice.kind === "test") {
    const newsletter = items[0]?.newsletter.id ?? 0;
    if (notice.content === null || notice.address === null) throw new Error(`test notice ${notice.id} has no content`);
    return { id: notice.id, kind: "test", to: notice.address, newsletter, content: notice.content };
  }
  const person = await personOf(ctx, notice.subscriber);
  if (person === null) return "erased";
  // A reader's own link is about no newsletter: what keeps them from one alone must not keep them from their data (LAW-04).
  const isOwn = notice.kind === "link" || notice.kind === "address";
  const to = notice.kind === "address" ? (notice.address ?? "") : person.email;
  if (isOwn && (await isBarred(ctx, to))) return "suppressed";
  const mailable = items.filter((item) => isOwn || !item.suppressed);
  if (mailable.length === 0) return "suppressed";
  const pending = mailable.filter((item) => item.status === "pending");
  const active = mailable.filter((item) => item.status === "active");
  const about = aboutOf(notice.kind, { mailable, pending, active });
  const [first] = about;
  // What a confirmation asked for may have been confirmed by an earlier mail meanwhile.
  if (first === undefined) return "settled";
  const language = person.language ?? first.newsletter.language;
  const spoken = speakable(ctx.templates, language) ?? sourceLanguage;
  const own = about.length === 1 ? await ownTexts(ctx, first.newsletter.id, spoken) : {};
  return {
    id: notice.id,
    kind: notice.kind,
    to,
    subscriber: person.id,
    ...sender(instance, notice.kind, about),
    publicUrl: ctx.config.publicUrl,
    list: listOf(notice.kind, about),
    data: { ...data(ctx, notice, instance, { pending, active }), language, own },
  };
}

/** Whether an address gets no mail of any kind: suppressed everywhere, or known by its hash alone. */
async function isBarred(ctx: AppContext, email: string): Promise<boolean> {
  const address = parseAddress(email, { allowReserved: true });
  if (!address.ok) return true;
  const { emailKey } = address;
  const { rows } = await sql<{ yes: number }>`select ${suppressed(sql`${emailKey}`, sql`0`)}
    or ${barred(addressHashes(ctx.signer, emailKey))} yes`.execute(ctx.store.db);
  return rows[0]?.yes === 1;
}

/** The newsletters that a notice still has something to say about. */
function aboutOf(
  kind: TemplatedKind,
  items: Record<"mailable" | "pending" | "active", readonly Item[]>,
): readonly Item[] {
  switch (kind) {
    case "confirmation":
    case "reminder":
      return items.pending;
    case "already":
    case "welcome":
      return items.active;
    case "link":
    case "address":
      return items.mailable;
  }
}

async function personOf(
  ctx: AppContext,
  id: number | null,
): Promise<{ id: number; email: string; language: string | null } | null> {
  const row = await ctx.store.db
    .selectFrom("subscribers")
    .select(["id", "email", "language"])
    .where("id", "=", id ?? 0)
    .executeTakeFirst();
  return row ?? null;
}

async function itemsOf(ctx: AppContext, notice: NoticeRow): Promise<Item[]> {
  const pairs = new Map(JSON.parse(notice.items) as [number, number][]);
  const rows = await ctx.store.db
    .selectFrom("newsletters as n")
    .leftJoin("subscribers as p", (join) => join.on("p.id", "=", notice.subscriber))
    .leftJoin("subscriptions as s", (join) =>
      join.onRef("s.newsletter", "=", "n.id").onRef("s.subscriber", "=", "p.id"),
    )
    .selectAll("n")
    .select(["s.status as held", "s.generation"])
    .select(
      sql<number>`exists (select 1 from suppressions x where x.email_key = p.email_key and x.newsletter in (0, n.id))`.as(
        "barred",
      ),
    )
    .where(sql<boolean>`n.id in (select value from json_each(${JSON.stringify([...pairs.keys()])}))`)
    .orderBy("n.position")
    .orderBy("n.name")
    .execute();
  return rows.map((row) => ({
    newsletter: row,
    status: row.generation === pairs.get(row.id) ? row.held : null,
    suppressed: row.barred === 1,
  }));
}

/** A welcome is the newsletter's own word; everything else comes from the instance, if it has an address (FMT-09). */
function sender(instance: Instance, kind: string, about: readonly Item[]): { from: Mailbox; replyTo: Mailbox | null } {
  const first = about[0]?.newsletter;
  if (first === undefined) throw new Error("a notice about nothing");
  const own = kind === "welcome" && about.length === 1;
  if (own || instance.senderAddress === "") {
    const name = own || instance.senderName === "" ? first.sender_name : instance.senderName;
    return {
      from: { name, address: first.sender_address },
      replyTo: first.reply_to === null ? null : { name: "", address: first.reply_to },
    };
  }
  const name = instance.senderName || instance.site || instance.operator;
  const replyTo = instance.contact === "" ? null : { name: "", address: instance.contact };
  return { from: { name, address: instance.senderAddress }, replyTo };
}

function listOf(kind: string, about: readonly Item[]): { newsletter: number; name: string; listId: string } | null {
  const [first, second] = about;
  if (kind !== "welcome" || first === undefined || second !== undefined) return null;
  return { newsletter: first.newsletter.id, name: first.newsletter.name, listId: first.newsletter.list_id };
}

function data(
  ctx: AppContext,
  notice: NoticeRow,
  instance: Instance,
  items: { pending: readonly Item[]; active: readonly Item[] },
): Omit<Written, "language" | "own"> {
  const welcomed = items.active.filter((item) => notice.kind === "welcome" && item.newsletter.welcome !== null);
  return {
    site: instance.site || instance.operator,
    operator: {
      name: instance.operator,
      postalAddress: instance.postalAddress,
      privacyUrl: instance.privacyUrl,
      contact: instance.contact,
    },
    confirming: items.pending.map(({ newsletter }) => ({
      name: newsletter.name,
      pitch: newsletter.pitch,
      frequency: newsletter.frequency,
    })),
    already: items.active.map(({ newsletter }) => ({ name: newsletter.name })),
    welcome: welcomed.map(({ newsletter }) => ({ name: newsletter.name, text: newsletter.welcome ?? "" })),
    hours: Math.max(1, Math.round((notice.expires_at - ctx.clock()) / hour)),
    hubUrl: `${ctx.config.publicUrl}/`,
  };
}

/** Whether any mail may leave at all: the law wants operator, postal address and privacy page in it. */
export async function mayMail(ctx: AppContext): Promise<boolean> {
  return missingForMail(await readInstance(ctx)).length === 0;
}
