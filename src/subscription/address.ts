import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { endOrphans } from "../delivery/orphans.ts";
import { endLinks } from "../delivery/owe-link.ts";
import { type AddressFault, maskAddress, parseAddress } from "../mail/address.ts";
import { deleteUnproven, moveSubscriber } from "../subscriber/keep.ts";
import { addressHashes, barred, carrySuppressions, forgetErased, suppressed } from "../suppression/suppress.ts";
import { type Closed, openLink, readReader } from "./access.ts";
import type { RequestResult } from "./behind-guard.ts";
import { readDesk } from "./desk.ts";
import { mailLink } from "./link-mail.ts";
import { checkPolicy, type PolicyFault } from "./policy.ts";
import type { Visit } from "./visit.ts";

const hour = 3_600_000;

/** For how long a new address can be confirmed, in ms: its mailbox may be on another machine. */
export const movableFor = 24 * hour;

export type AskAddressResult =
  | { kind: "asked"; result: RequestResult }
  | { kind: "bad-address"; fault: AddressFault | PolicyFault }
  | Closed;

/**
 * Asks, by a mail to the new address, whether a reader may move there; only by a fresh link. The answer is the same whoever has
 * that address.
 */
export async function askAddress(
  ctx: AppContext,
  input: { token: string; email: string; visit: Visit },
): Promise<AskAddressResult> {
  const reader = await openLink(ctx, { by: "fresh", token: input.token });
  if (reader.kind !== "reader") return reader;
  const address = parseAddress(input.email, { allowReserved: ctx.config.provider === "outbox" });
  if (!address.ok) return { kind: "bad-address", fault: address.fault };
  const { guard } = await readDesk(ctx, []);
  const policy = await checkPolicy(ctx, address, guard);
  if ("fault" in policy) return { kind: "bad-address", fault: policy.fault };
  const { subscriber } = reader;
  const asked = { kind: "address", address, subscriber, lasts: movableFor, visit: input.visit } as const;
  return { kind: "asked", result: await mailLink(ctx, asked) };
}

/** What a link for a new address stands for. */
interface Move {
  readonly notice: number;
  readonly subscriber: number;
  readonly email: string;
  readonly emailKey: string;
  readonly open: boolean;
  /** Where the reader's mails go now. */
  readonly now: string;
  readonly language: string | null;
}

async function readMove(ctx: AppContext, token: string): Promise<Move | "unknown" | "expired"> {
  const read = ctx.signer.read("address", token);
  if (read === null) return "unknown";
  const [notice = 0, subscriber = 0] = read.ids;
  const row = await ctx.store.db
    .selectFrom("notices")
    .select(["address", "expires_at"])
    .where("id", "=", notice)
    .where("subscriber", "=", subscriber)
    .where("kind", "=", "address")
    .executeTakeFirst();
  const reader = await readReader(ctx, subscriber, 0);
  const address = parseAddress(row?.address ?? "", { allowReserved: true });
  if (row === undefined || reader === null || !address.ok) return "expired";
  const { email, emailKey } = address;
  const open = row.expires_at > ctx.clock();
  return { notice, subscriber, email, emailKey, open, now: reader.email, language: reader.language };
}

export type AddressView =
  /** Both masked. */
  | { outcome: "ask"; from: string; to: string; language: string | null }
  | { outcome: "moved"; to: string; language: string | null }
  | { outcome: "expired" }
  | { outcome: "unknown" };

/** What the page behind a link for a new address shows; reads only. */
export async function viewAddress(ctx: AppContext, token: string): Promise<AddressView> {
  const move = await readMove(ctx, token);
  if (typeof move === "string") return { outcome: move };
  const to = maskAddress(move.email);
  if (move.now === move.email) return { outcome: "moved", to, language: move.language };
  return move.open
    ? { outcome: "ask", from: maskAddress(move.now), to, language: move.language }
    : { outcome: "expired" };
}

export type MoveResult =
  | { outcome: "moved"; to: string; language: string | null }
  /** Somebody has it, or it may not be mailed: which, nobody is told. */
  | { outcome: "refused"; language: string | null }
  | { outcome: "expired" }
  | { outcome: "unknown" };

/**
 * Moves a reader to the address that the link was mailed to, in one commit: subscriptions, generations and proofs stay, links that
 * the old address has been mailed end, and two readers are never made one. What somebody signed up with the new address, and nobody
 * has confirmed, is forgotten: it is proven to be this reader's now. A repeat says the same.
 */
export async function confirmAddress(ctx: AppContext, input: { token: string }): Promise<MoveResult> {
  const move = await readMove(ctx, input.token);
  if (typeof move === "string") return { outcome: move };
  const { subscriber, notice, email, emailKey, language } = move;
  const at = ctx.clock();
  const may = mayMove(ctx, move, at);
  const unproven = sql`(select id from subscribers where email_key = ${emailKey} and id <> ${subscriber} and proven_at is null)`;
  const [, , , , , , done] = await ctx.store.commit(
    carrySuppressions(sql`(select email_key from subscribers where id = ${subscriber})`, emailKey, may),
    // Of every subscription, ended ones too: links in mails to the old address are told by it.
    sql`insert into consents (newsletter, subscriber, generation, event, at, method, notice)
      select s.newsletter, s.subscriber, s.generation, 'asked', ${at}, 'address', ${notice} from subscriptions s
      where s.subscriber = ${subscriber} and ${may} on conflict do nothing`,
    forgetErased(addressHashes(ctx.signer, emailKey), may),
    endLinks(subscriber, { except: notice, at }, may),
    sql`update consents set subscriber = null, form = null, page = null where subscriber = ${unproven} and ${may}`,
    deleteUnproven(emailKey, { except: subscriber }, may),
    // Last: every statement before asks what still holds until this one.
    moveSubscriber(subscriber, { email, emailKey, at }, may),
  );
  if (done.rows.length > 0) {
    // A mail may be on its way to whom the move has just put an end to.
    await endOrphans(ctx);
    return { outcome: "moved", to: maskAddress(email), language };
  }
  const after = await viewAddress(ctx, input.token);
  return after.outcome === "ask" ? { outcome: "refused", language } : after;
}

/** SQL: true while this very link may move its reader, and nobody else has ever proven to have the address. */
function mayMove(ctx: AppContext, move: Move, at: number): RawBuilder<boolean> {
  const { subscriber, notice, email, emailKey } = move;
  return sql<boolean>`(exists (select 1 from subscribers where id = ${subscriber} and email <> ${email})
    and exists (select 1 from notices where id = ${notice} and subscriber = ${subscriber} and expires_at > ${at})
    and not exists (select 1 from subscribers where email_key = ${emailKey} and id <> ${subscriber} and proven_at is not null)
    and not ${suppressed(sql`${emailKey}`, sql`0`)} and not ${barred(addressHashes(ctx.signer, emailKey))})`;
}
