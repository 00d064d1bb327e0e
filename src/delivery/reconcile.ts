import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { Addressee } from "./feedback.ts";
import { isFree } from "./held.ts";
import { chargeUnheld } from "./meters.ts";

/** That a provider reports on a mail proves that it accepted the call which the mail was in. */
export interface Proof {
  /** When the mail was made at the provider, ms UTC. */
  readonly madeAt: number;
  readonly now: number;
  /** Calls whose hash begins so were accepted as a whole; of others, what holds for one mail says nothing of its neighbours. */
  readonly wholeMark: string;
  /** SQL: the report has not been applied yet. */
  readonly when: RawBuilder<boolean>;
}

/** How far the provider's clock may be behind ours, in ms. */
const skew = 5 * 60_000;

/** What stands as the reason of a state that was found out in this way. */
const reconciled = "reconciled by a report of the provider";

/** SQL: the batch whose state is that of a reader's delivery; null where the delivery has one of its own. */
function homeOf({ issue, subscriber }: Addressee): RawBuilder<number | null> {
  return sql<number | null>`(select coalesce(d.batch, (
      select r.id from batches r where r.issue = d.issue and r.first <= d.subscriber order by r.first desc limit 1))
    from deliveries d where d.issue = ${issue} and d.subscriber = ${subscriber} and d.state is null)`;
}

/** SQL: the batch of a notice; null where the notice has a state of its own. */
function homeOfNotice(notice: number): RawBuilder<number | null> {
  return sql<number | null>`(select n.batch from notices n where n.id = ${notice} and n.state is null)`;
}

/** A mail made before a batch's first call left belongs to an earlier try, which says nothing about this one. */
function isOfThisTry({ madeAt }: Proof): RawBuilder<boolean> {
  return sql<boolean>`coalesce(first_sent_at, 0) <= ${madeAt + skew}`;
}

/**
 * Statement: a batch in doubt, or one that waits to repeat its call and is in nobody's hands, was accepted. Its fence rises, so
 * that whoever held it can write nothing more.
 */
function acceptBatch(home: RawBuilder<number | null>, proof: Proof): RawBuilder<unknown> {
  return sql`update batches set state = 'accepted', fence = fence + 1, holder = null, members = null, error = ${reconciled},
      settled_at = ${proof.now}
    where ${isProven(home, proof)} and (state = 'in_doubt' or ${isUnheld(proof)})`;
}

function isProven(home: RawBuilder<number | null>, proof: Proof): RawBuilder<unknown> {
  const isWhole = sql`(size = 1 or payload_hash glob ${`${proof.wholeMark}*`})`;
  return sql`id = ${home} and ${isWhole} and ${isOfThisTry(proof)} and ${proof.when}`;
}

/** Waits to repeat its call. What is in doubt was charged against limits when it came to that; this was not. */
function isUnheld({ now }: Proof): RawBuilder<unknown> {
  return sql`(state = 'claimed' and payload_hash is not null and ${isFree(now)})`;
}

/** Statements: a report on a reader's mail settles what is in doubt about it. Sizes change with own states, so sums stay true. */
export function proveDelivery(of: Addressee, proof: Proof): RawBuilder<unknown>[] {
  const { issue, subscriber } = of;
  const own = sql`where issue = ${issue} and subscriber = ${subscriber} and ${proof.when}`;
  const inDoubt = sql`select id from batches where id = ${homeOf(of)} and state = 'in_doubt' and ${isOfThisTry(proof)}`;
  const accepted = sql`state = 'accepted', reason = ${reconciled}, at = ${proof.now}`;
  return [
    chargeUnheld(sql`${isProven(homeOf(of), proof)} and ${isUnheld(proof)}`, proof.now),
    acceptBatch(homeOf(of), proof),
    sql`update deliveries set ${accepted} ${own} and state = 'in_doubt'`,
    // What acceptBatch has left in doubt: the reader's neighbours stay so.
    sql`update batches set size = size - 1 where id in (${inDoubt}) and ${proof.when}`,
    sql`update deliveries set ${accepted} ${own} and state is null and exists (${inDoubt})`,
  ];
}

/** Statements: the same for a notice. One in doubt for itself takes the state of its batch again, which is accepted. */
export function proveNotice(notice: number, proof: Proof): RawBuilder<unknown>[] {
  const doubtful = sql`select n.batch from notices n join batches b on b.id = n.batch
    where n.id = ${notice} and n.state = 'in_doubt' and b.state = 'accepted'`;
  return [
    acceptBatch(homeOfNotice(notice), proof),
    sql`update batches set size = size + 1 where id in (${doubtful}) and ${proof.when}`,
    sql`update notices set state = null, reason = null where id = ${notice} and batch in (${doubtful}) and ${proof.when}`,
  ];
}

/**
 * Statements: the provider did not send a reader's mail after all, which it had accepted. Not the reader's fault: the delivery
 * fails by itself, and a retry mails it again.
 */
export function failDelivery(of: Addressee, reason: string, proof: Proof): RawBuilder<unknown>[] {
  const { issue, subscriber } = of;
  const settled = sql`select id from batches where id = ${homeOf(of)} and state in ('accepted', 'in_doubt')
    and ${isOfThisTry(proof)}`;
  return [
    sql`update batches set size = size - 1 where id in (${settled}) and ${proof.when}`,
    sql`update deliveries set state = 'failed', reason = ${reason}, at = ${proof.now}
      where issue = ${issue} and subscriber = ${subscriber} and ${proof.when}
        and (state in ('accepted', 'in_doubt') or (state is null and exists (${settled})))`,
  ];
}

/** Statements: the same for a notice. */
export function failNotice(notice: number, reason: string, proof: Proof): RawBuilder<unknown>[] {
  const settled = sql`select id from batches where id = ${homeOfNotice(notice)} and state in ('accepted', 'in_doubt')
    and ${isOfThisTry(proof)}`;
  return [
    sql`update batches set size = size - 1 where id in (${settled}) and ${proof.when}`,
    sql`update notices set state = 'failed', reason = ${reason} where id = ${notice} and ${proof.when}
      and (state = 'in_doubt' or (state is null and exists (${settled})))`,
  ];
}

/** How a mail stands that a report is about. */
export type Standing =
  /** Nothing about it is open that a report could settle. */
  | { readonly standing: "settled" }
  /** In doubt, or waiting to be repeated: a report proves something. */
  | { readonly standing: "open" }
  /** In the hands of a worker, who must have settled it by then, ms UTC. */
  | { readonly standing: "held"; readonly until: number };

/** How the mail stands just now; what is settled stays so, whoever else writes meanwhile. */
export async function standingOf(ctx: AppContext, of: Addressee | { readonly notice: number }): Promise<Standing> {
  const isNotice = "notice" in of;
  const [home, own] = isNotice
    ? [homeOfNotice(of.notice), sql`exists (select 1 from notices where id = ${of.notice} and state = 'in_doubt')`]
    : [homeOf(of), ownDoubt(of)];
  const { rows } = await sql<{ state: string | null; held: number | null; own: number }>`
    select b.state, iif(b.holder is not null and b.due_at > ${ctx.clock()}, b.due_at, null) held, ${own} own
    from (select 1) left join batches b on b.id = ${home}`.execute(ctx.store.db);
  const [row] = rows;
  if (row?.state === "claimed" && row.held !== null) return { standing: "held", until: row.held };
  const isOpen = row?.own === 1 || row?.state === "claimed" || row?.state === "in_doubt";
  return { standing: isOpen ? "open" : "settled" };
}

function ownDoubt({ issue, subscriber }: Addressee): RawBuilder<unknown> {
  return sql`exists (select 1 from deliveries where issue = ${issue} and subscriber = ${subscriber} and state = 'in_doubt')`;
}
