import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import { isHeld } from "../instance/hold.ts";
import { suppressed } from "../suppression/suppress.ts";
import { dueNotices, isForNotices } from "./due.ts";
import { mine } from "./held.ts";
import { deferCrowded } from "./mailbox.ts";
import { findRoom, isLimited } from "./meters.ts";
import { giveBack, mayCall, type Pass, takeCall } from "./outlet.ts";
import { isPaused } from "./pauses.ts";

/** One worker's right to pay a batch until the lease ends; `fence` goes into every write about it (REL-10). */
export interface Claim {
  readonly id: number;
  readonly fence: number;
  readonly attempt: number;
  readonly tries: number;
  readonly size: number;
  /** Not null: bytes may have left under this hash, and only the same bytes may leave again (REL-06). */
  readonly payloadHash: string | null;
  readonly keyId: number;
  readonly content: string | null;
  /** Frozen members as JSON; null where nothing is frozen yet. */
  readonly members: string | null;
  readonly frozenAt: number | null;
  readonly firstSentAt: number | null;
  /** When members of it were tried first, under whatever key; null before. */
  readonly triedAt: number | null;
  /** How far the one before has come, a letter for each member; null where the way out knows keys or nothing is frozen. */
  readonly letters: string | null;
  /** The call that was taken along; null where calls are not counted. */
  readonly pass?: Pass | null;
  /** What limits leave to an issue's batch, as JSON; null without any. */
  readonly room?: string | null;
}

/** A claimed batch of an issue, with what the issue's mails are made of. */
export interface IssueClaim extends Claim {
  readonly issue: number;
  readonly newsletter: number;
  readonly members: string;
  readonly content: string;
  /** Why the issue was waiting, as noted on it; null when it was not. */
  readonly waiting: string | null;
}

/** How long a claimed batch is its holder's. A provider call must give up well before (docs/architecture.md). */
export const leaseMs = 60_000;

/** Milliseconds after which a provider call gives up. */
export const longestCall = leaseMs / 2;

const returned = sql`id, fence, attempt, tries, size, payload_hash payloadHash, key_id keyId, members, frozen_at frozenAt,
  first_sent_at firstSentAt, tried_at triedAt`;
const letters = sql`(select j.letters from journals j where j.batch = batches.id) letters`;

/** What the issue of a claimed batch adds to it. */
const ofIssue = sql`issue, (select i.newsletter from issues i where i.id = batches.issue) newsletter,
  (select i.content from issues i where i.id = batches.issue) content,
  (select i.error from issues i where i.id = batches.issue) waiting, ${isLimited} isLimited`;

/** The batch of a holder whose members are still to be frozen. */
const unfrozen = (holder: string) => sql`holder = ${holder} and state = 'claimed' and payload_hash is null`;

/**
 * Tables `b`, a batch, and `d`, its members: those of its range, or those moved here one by one. Two searches, since `or` would
 * scan the whole issue.
 */
const membersOf = (batch: RawBuilder<unknown>) => sql`b as (select * from batches where ${batch}), d as (
    select x.issue, x.subscriber from b cross join deliveries x on x.issue = b.issue
      and x.subscriber between b.first and b.last where x.batch is null and x.state is null
    union all
    select x.issue, x.subscriber from b cross join deliveries x on x.batch = b.id where x.state is null)`;

/** Databases of which the last claim has found limits: only there is the room worked out. */
const limited = new WeakSet<AppContext["store"]>();

/** A claim as its commit returns it. */
type Found = Omit<IssueClaim, "pass" | "room"> & {
  readonly isLimited: 0 | 1;
  /** Members that were frozen just now; null where they were before. */
  readonly present: number | null;
};

/** A worker's name: random, so that two processes never share one. */
export function newHolder(ctx: AppContext): string {
  return [...ctx.random(12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Claims the batch of an issue that is due longest, and freezes its members in the same commit, without those who left or were
 * suppressed since planning (SUP-01); these are skipped. A lost lease is taken over; members whose hash is written stay as they are. Null where
 * nothing is due or no call may leave now: the call is taken in this very commit, so that all processes share one pace (REL-09).
 */
export async function claimIssueBatch(ctx: AppContext): Promise<IssueClaim | null> {
  const holder = newHolder(ctx);
  const now = ctx.clock();
  const asked = limited.has(ctx.store);
  const [picked, frozen, taken, room] = await ctx.store.commit(
    sql<{ id: number }>`
      update batches set state = 'claimed', holder = ${holder}, fence = fence + 1, due_at = ${now + leaseMs},
        frozen_at = iif(payload_hash is null, ${now}, frozen_at),
        key_id = iif(payload_hash is null, ${ctx.signer.currentKey}, key_id),
        members = iif(payload_hash is null, null, members)
      where id = (select b.id from batches b where b.state in ('planned', 'claimed') and b.lane = 1 and b.due_at <= ${now}
        and not ${isHeld} and ${mayCall(ctx, now)} and not ${isForNotices(ctx, now)}
        and exists (select 1 from issues i where i.id = b.issue and i.status = 'sending')
        order by b.due_at, b.id limit 1)
      returning id`,
    sql<Found>`
      update batches set members = (
        with ${membersOf(unfrozen(holder))}
        select json_group_array(json_array(r.id, r.email, r.name)) from (
          select p.id, p.email, p.name from d join issues i on i.id = d.issue join subscribers p on p.id = d.subscriber
          join subscriptions s on s.newsletter = i.newsletter and s.subscriber = d.subscriber and s.status = 'active'
            and not ${isPaused(now)}
          where not ${suppressed(sql`p.email_key`, sql`i.newsletter`)} order by d.subscriber) r)
      where ${unfrozen(holder)}
      returning ${returned}, json_array_length(members) present, null letters, ${ofIssue}`,
    takeCall(ctx, { holder, now, until: now + leaseMs }),
    ...(asked ? [findRoom(holder, now)] : []),
  );
  if (picked.rows.length === 0) return null;
  ctx.probe("claimed");
  const claim = frozen.rows[0] ?? (await takenOver(ctx, holder));
  const pass = taken.rows[0] ?? null;
  if (claim === null || !(await isWhole(ctx, claim))) {
    await giveBack(ctx, pass);
    return null;
  }
  if (claim.content === null) throw new Error(`issue ${claim.issue} is sending without frozen content`);
  if (claim.isLimited === 0) return { ...claim, pass, room: null };
  if (asked) return { ...claim, pass, room: room?.rows[0]?.room ?? null };
  limited.add(ctx.store);
  await putBack(ctx, claim, pass);
  return claimIssueBatch(ctx);
}

/** A batch's size is the number of its members (LEDGER, verdict b): most often nobody is missing, and that is all. */
async function isWhole(ctx: AppContext, claim: Found): Promise<boolean> {
  return claim.present === null || claim.present === claim.size || skipGone(ctx, claim);
}

/** Who is planned and was not frozen has left, or was suppressed or erased; false once the lease is lost. */
async function skipGone(ctx: AppContext, claim: Found): Promise<boolean> {
  const own = sql`${mine(claim)} and payload_hash is null`;
  const frozen = sql`select value ->> 0 from json_each((select members from batches where id = ${claim.id}))`;
  const [, done] = await ctx.store.commit(
    sql`with ${membersOf(own)}
      insert into deliveries (issue, subscriber, state, reason, at)
      select d.issue, d.subscriber, 'skipped',
        case when p.id is null then 'erased' when ${suppressed(sql`p.email_key`, sql`i.newsletter`)} then 'suppressed'
          when exists (select 1 from subscriptions s where s.newsletter = i.newsletter and s.subscriber = d.subscriber
            and s.status = 'active') then 'paused'
          else 'unsubscribed' end, ${ctx.clock()}
      from d join issues i on i.id = d.issue left join subscribers p on p.id = d.subscriber
      where d.subscriber not in (${frozen})
      on conflict (issue, subscriber) do update set state = excluded.state, reason = excluded.reason, at = excluded.at
        where deliveries.state is null`,
    sql<{ id: number }>`update batches set size = json_array_length(members) where ${own} returning id`,
  );
  return done.rows.length === 1;
}

/** A limit was set just now: what is left of it must be found in the commit that claims, so that no two claims see the same. */
async function putBack(ctx: AppContext, claim: Found, pass: Pass | null): Promise<void> {
  await ctx.store.commit(sql`
    update batches set state = iif(payload_hash is null, 'planned', state), due_at = ${ctx.clock()}, holder = null,
      fence = fence + 1, members = iif(payload_hash is null, null, members)
    where ${mine(claim)}`);
  await giveBack(ctx, pass);
}

async function takenOver(ctx: AppContext, holder: string): Promise<Found | null> {
  const { rows } = await sql<Found>`
    select ${returned}, null present, ${letters}, ${ofIssue} from batches where holder = ${holder} and state = 'claimed'`.execute(
    ctx.store.db,
  );
  return rows[0] ?? null;
}

/** Claims up to `most` notices that are due, in a batch of their own, or takes over a lost one; null when none is due or no call may leave. */
export async function claimNotices(ctx: AppContext, most: number): Promise<Claim | null> {
  const holder = newHolder(ctx);
  const now = ctx.clock();
  const due = dueNotices(now, most);
  // Only a batch made in this very commit has a fence of 1 and no members yet.
  const made = sql`(select id from batches where holder = ${holder} and state = 'claimed' and fence = 1)`;
  const [, , , , , taken] = await ctx.store.commit(
    sql`update batches set state = 'claimed', holder = ${holder}, fence = fence + 1, due_at = ${now + leaseMs},
        frozen_at = iif(payload_hash is null, ${now}, frozen_at),
        key_id = iif(payload_hash is null, ${ctx.signer.currentKey}, key_id)
      where id = (select id from batches where state in ('planned', 'claimed') and lane = 0 and due_at <= ${now}
        and not ${isHeld} and ${mayCall(ctx, now)} order by due_at, id limit 1)`,
    deferCrowded(now, most),
    sql`insert into batches (lane, size, state, due_at, holder, fence, key_id, frozen_at)
      select 0, 0, 'claimed', ${now + leaseMs}, ${holder}, 1, ${ctx.signer.currentKey}, ${now}
      where not exists (select 1 from batches where holder = ${holder} and state = 'claimed') and ${mayCall(ctx, now)}
        and exists (${due})`,
    sql`update notices set batch = ${made} where id in (${due}) and exists ${made}`,
    sql`update batches set size = (select count(*) from notices n where n.batch = batches.id and n.state is null)
      where id = ${made}`,
    takeCall(ctx, { holder, now, until: now + leaseMs }),
  );
  const { rows } = await sql<Claim>`
    select ${returned}, content, ${letters} from batches where holder = ${holder} and state = 'claimed'`.execute(
    ctx.store.db,
  );
  if (rows[0] === undefined) return null;
  ctx.probe("claimed");
  return { ...rows[0], pass: taken.rows[0] ?? null };
}
