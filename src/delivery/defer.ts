import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { IssueClaim } from "./claim.ts";
import { held, mine } from "./held.ts";
import { type Admission, type KeptBack, limitWords } from "./limits.ts";

/**
 * Takes those whom limits keep back out of a claimed batch, before anything of it is frozen; they move to batches that wait,
 * at most `most` in each. Returns the claim with the others, or null when the lease was lost or nobody is left in it.
 */
export async function keepBack(
  ctx: AppContext,
  claim: IssueClaim,
  { go, kept }: Admission,
  most: number,
): Promise<IssueClaim | null> {
  const isMine = held(claim, sql`payload_hash is null`);
  const members = JSON.stringify(go);
  const rest =
    go.length > 0
      ? sql<{ id: number }>`update batches set size = ${go.length}, members = ${members} where ${mine(claim)}
          and payload_hash is null returning id`
      : sql<{ id: number }>`update batches set size = 0, members = null, state = 'skipped', error = null,
          settled_at = ${ctx.clock()} where ${mine(claim)} and payload_hash is null returning id`;
  // The claim's own row comes last: until then it proves to the others that the lease holds.
  const done = await ctx.store.commit(...kept.flatMap((back) => moveBack(claim.issue, back, most, isMine)), rest);
  const isHeld = (done.at(-1)?.rows.length ?? 0) === 1;
  return isHeld && go.length > 0 ? { ...claim, members, size: go.length } : null;
}

/**
 * Readers of one issue whom the same limit keeps back share a batch while there is room in it: fewer calls later. More than a call
 * takes go into one that is empty, and are parted when it is paid.
 */
function moveBack(
  issue: number,
  { members, dueAt, reason }: KeptBack,
  most: number,
  isMine: RawBuilder<unknown>,
): RawBuilder<unknown>[] {
  const list = JSON.stringify(members);
  const target = sql`(select max(id) from batches where state in ('planned', 'claimed') and lane = 1 and due_at = ${dueAt}
    and issue = ${issue} and state = 'planned' and first is null and error is ${reason} and size <= ${Math.max(0, most - members.length)})`;
  return [
    sql`insert into batches (lane, issue, size, state, due_at, error)
      select 1, ${issue}, 0, 'planned', ${dueAt}, ${reason} where ${isMine} and ${target} is null`,
    sql`update deliveries set batch = ${target} where issue = ${issue} and state is null
      and subscriber in (select value from json_each(${list})) and ${isMine}`,
    sql`update batches set size = size + ${members.length} where id = ${target} and ${isMine}`,
  ];
}

/** Statement: a limit is used up, so whatever of its scope waits for its turn waits for the end of the window. */
export function holdLimited(claim: IssueClaim, { scope, dueAt, reason }: KeptBack, now: number): RawBuilder<unknown> {
  const own =
    scope === "newsletter"
      ? sql`and issue in (select id from issues where newsletter = ${claim.newsletter} and status = 'sending')`
      : scope === "domain"
        ? sql`and error = ${reason}`
        : sql``;
  return sql`update batches set due_at = ${dueAt}, error = ${reason}
    where lane = 1 and state in ('planned', 'claimed') and due_at <= ${now} and state = 'planned' and holder is null ${own}`;
}

/** Lets batches that wait for a limit try again at once, since the limits have changed. */
export async function hastenLimited(ctx: AppContext): Promise<void> {
  await sql`update batches set due_at = 0, error = null where lane = 1 and state in ('planned', 'claimed')
    and due_at > ${ctx.clock()} and state = 'planned' and error like ${`${limitWords}%`}`.execute(ctx.store.db);
  ctx.bell.ring();
}

/** The limit that readers of an issue wait for, in words; null where none does. */
export async function limitOf(ctx: AppContext, issue: number): Promise<string | null> {
  const { rows } = await sql<{ error: string }>`
    select error from batches where lane = 1 and state in ('planned', 'claimed') and due_at > ${ctx.clock()}
      and issue = ${issue} and state = 'planned' and error like ${`${limitWords}%`} order by due_at limit 1`.execute(
    ctx.store.db,
  );
  return rows[0]?.error ?? null;
}
