import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { type Claim, longestCall } from "./claim.ts";
import { held, mine } from "./held.ts";
import { dropJournal, openJournal } from "./journal.ts";

/** A notice that leaves nothing after all: what it asked for has settled itself, or its reader must not be mailed. */
export interface SkippedNotice {
  readonly id: number;
  readonly reason: string;
}

/** Takes skipped notices out of a claimed batch; does nothing once the lease is lost. */
export async function skipNotices(ctx: AppContext, claim: Claim, skipped: readonly SkippedNotice[]): Promise<void> {
  if (skipped.length === 0) return;
  const list = JSON.stringify(skipped.map((one) => [one.id, one.reason]));
  await ctx.store.commit(
    sql`update notices set state = 'skipped', reason = (
        select j.value ->> 1 from json_each(${list}) j where j.value ->> 0 = notices.id)
      where id in (select j.value ->> 0 from json_each(${list}) j) and batch = ${claim.id} and state is null and ${held(claim)}`,
    sql`update batches set size = (select count(*) from notices n where n.batch = batches.id and n.state is null)
      where ${mine(claim)}`,
  );
}

/**
 * Writes the payload hash before the first byte leaves; false when the lease was lost or is over, and then nothing may leave.
 * For notices, members and templates are frozen in the same statement. `letters` opens the journal of a way out without keys.
 */
export async function freeze(
  ctx: AppContext,
  claim: Claim,
  frozen: { hash: string; members?: string; content?: string; letters?: string },
): Promise<boolean> {
  const now = ctx.clock();
  const hash = sql<{ id: number }>`
    update batches set payload_hash = ${frozen.hash}, first_sent_at = coalesce(first_sent_at, ${now}),
      tried_at = coalesce(tried_at, ${now}),
      members = coalesce(${frozen.members ?? null}, members), content = coalesce(${frozen.content ?? null}, content)
    where ${mine(claim)} and payload_hash is null
      and due_at > ${now}
    returning id`;
  const [done] =
    frozen.letters === undefined
      ? await ctx.store.commit(hash, dropJournal(claim))
      : await ctx.store.commit(hash, openJournal(claim, frozen.letters));
  ctx.probe("frozen");
  return done.rows.length === 1;
}

/**
 * Whether a batch that is frozen and had to wait may still leave: its lease leaves time for a whole call, and its issue is still
 * sending.
 */
export async function mayStillLeave(ctx: AppContext, claim: Claim): Promise<boolean> {
  const { rows } = await sql`
    select 1 from batches where ${mine(claim)} and due_at > ${ctx.clock() + longestCall}
      and (issue is null or exists (select 1 from issues i where i.id = batches.issue and i.status = 'sending'))`.execute(
    ctx.store.db,
  );
  return rows.length === 1;
}

/** Whether the lease is still this claim's, a moment before bytes leave again under a hash written earlier. */
export async function holds(ctx: AppContext, claim: Claim): Promise<boolean> {
  const { rows } = await sql`select 1 from batches where ${mine(claim)} and due_at > ${ctx.clock()}`.execute(
    ctx.store.db,
  );
  return rows.length === 1;
}
