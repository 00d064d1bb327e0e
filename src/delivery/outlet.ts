import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";

/** What a claim has taken along for its call, where calls are counted. */
export interface Pass {
  /** Calls that the provider allows in `span` ms; null: it never said. */
  readonly calls: number | null;
  readonly span: number;
  /** 1: the breaker is open, and this one call tries whether the provider is back. */
  readonly isProbe: 0 | 1;
  /** Until when such a trial keeps all others back, ms UTC. */
  readonly shutUntil: number;
}

/** So many calls in a row without a good answer open the breaker. */
export const mostFailures = 5;

const whole = (ms: number) => sql<number>`cast(${ms} as integer)`;

/** The row of the present way out; a process has one, and says its name in the settings. */
const mine = (ctx: AppContext) => sql`name = ${ctx.config.provider}`;

// In thousandths of a call. A bucket that let a full span's calls leave at once and refilled meanwhile would let twice as many
// leave in one span; so its burst is a tenth, at least one, and its rate is lower by as much: no span sees more than allowed.
const burst = sql`max(1000, calls * 100)`;
const perSpan = sql`(calls * 1000 + 1000 - ${burst})`;
const refilled = (now: number) => sql`min(${burst}, tokens + max(0, ${whole(now)} - filled_at) * ${perSpan} / span)`;
/** How long one call takes to come back, in ms. */
const spacing = sql`((1000 * span + ${perSpan} - 1) / ${perSpan})`;

/** SQL: when the next call may leave, in ms UTC; null or in the past: now. Both the bucket and the breaker have their say. */
export function nextCall(ctx: AppContext): RawBuilder<number | null> {
  return sql<number | null>`(select max(shut_until, iif(calls is null or tokens >= 1000, 0,
    filled_at + ((1000 - tokens) * span + ${perSpan} - 1) / ${perSpan})) from outlets where ${mine(ctx)})`;
}

/** SQL: true where a call may leave now. */
export function mayCall(ctx: AppContext, now: number): RawBuilder<boolean> {
  return sql<boolean>`coalesce(${nextCall(ctx)}, 0) <= ${now}`;
}

/** SQL: true where no more than one call may leave now. */
export function isScarce(ctx: AppContext, now: number): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from outlets where ${mine(ctx)}
    and (failures >= ${mostFailures} or (calls is not null and ${refilled(now)} < 2000)))`;
}

/** Statement: takes the call of the batch that this holder has just claimed; returns nothing where calls are not counted. */
export function takeCall(ctx: AppContext, entry: { holder: string; now: number; until: number }): RawBuilder<Pass> {
  const { holder, now, until } = entry;
  return sql<Pass>`
    update outlets set tokens = iif(calls is null, tokens, ${refilled(now)} - 1000),
      filled_at = iif(calls is null, filled_at, max(filled_at, ${whole(now)})),
      shut_until = iif(failures >= ${mostFailures}, ${until}, shut_until)
    where ${mine(ctx)} and (calls is not null or failures >= ${mostFailures})
      and exists (select 1 from batches where holder = ${holder} and state = 'claimed')
    returning calls, span, failures >= ${mostFailures} isProbe, shut_until shutUntil`;
}

/** Gives back a call that was taken and not made. */
export async function giveBack(ctx: AppContext, pass: Pass | null): Promise<void> {
  if (pass === null) return;
  await ctx.store.commit(sql`
    update outlets set tokens = iif(calls is null, tokens, min(${burst}, tokens + 1000)),
      shut_until = iif(${pass.isProbe} and shut_until = ${pass.shutUntil}, ${ctx.clock()}, shut_until)
    where ${mine(ctx)}`);
}

/**
 * Statement: a person says that what was wrong may be mended, so an open breaker lets its one trial call leave now. It opens again
 * where that fails.
 */
export function tryAtOnce(now: number): RawBuilder<unknown> {
  return sql`update outlets set shut_until = ${now} where shut_until > ${now}`;
}

/** Statement: the provider has answered, whatever it said: it is there. Writes only where it was not. */
export function heard(ctx: AppContext): RawBuilder<unknown> {
  return sql`update outlets set failures = 0, reason = null, failing_since = null, shut_until = iif(failures >= ${mostFailures}, 0, shut_until)
    where ${mine(ctx)} and failures > 0`;
}

/** Statement: so many calls in so many ms are allowed, as an answer says; the call that it answers is counted. Writes only what differs. */
export function learnPace(ctx: AppContext, pace: { calls: number; span: number }): RawBuilder<unknown> {
  const { calls, span } = pace;
  return sql`
    insert into outlets (name, calls, span, tokens, filled_at)
    values (${ctx.config.provider}, ${calls}, ${span}, ${Math.max(1_000, calls * 100) - 1_000}, ${ctx.clock()})
    on conflict (name) do update set calls = excluded.calls, span = excluded.span,
      tokens = iif(outlets.calls is null, excluded.tokens, min(outlets.tokens, excluded.tokens)),
      filled_at = iif(outlets.calls is null, max(outlets.filled_at, excluded.filled_at), outlets.filled_at)
    where outlets.calls is not excluded.calls or outlets.span is not excluded.span`;
}

/**
 * Statement: the provider wants fewer calls. None of any process leaves before `after` ms, or before one span where it named no
 * time; returns that time.
 */
export function emptyBucket(ctx: AppContext, after: number | undefined): RawBuilder<{ until: number }> {
  const now = ctx.clock();
  return sql<{ until: number }>`
    insert into outlets (name, shut_until) values (${ctx.config.provider}, ${now + (after ?? 1_000)})
    on conflict (name) do update set tokens = 0,
      filled_at = max(filled_at, ${whole(now)} + coalesce(${after ?? null}, span) - iif(calls is null, 0, ${spacing})),
      shut_until = max(shut_until, ${whole(now)} + coalesce(${after ?? null}, span))
    returning shut_until until`;
}

/** How the way out stands, as all processes see it. Times in ms UTC. */
export interface Standing {
  readonly failures: number;
  readonly shutUntil: number;
  /** Since when no call has had a good answer. */
  readonly since: number;
}

const standing = sql`failures, shut_until shutUntil, coalesce(failing_since, 0) since`;

/**
 * Counts a call without a good answer; from `mostFailures` in a row on, nothing leaves for 30 s, then for twice as long each
 * time up to ten minutes, shortened by up to a quarter by `draw` (0 to 1). Calls that were under way when it opened change nothing.
 */
export async function countFailure(
  ctx: AppContext,
  call: { pass: Pass | null; counts: boolean; words: string; draw: number },
): Promise<Standing> {
  const now = ctx.clock();
  const until = call.pass?.isProbe === 1 ? call.pass.shutUntil : -1;
  const share = 1 - call.draw / 4;
  const wait = sql`cast(min(600000, 30000 * (1 << min(max(failures - ${whole(mostFailures - 1)}, 0), 5))) * ${share} as integer)`;
  const [counted] = await ctx.store.commit(sql<Standing>`
    insert into outlets (name, failures, reason, failing_since) values (${ctx.config.provider}, 1, ${call.words}, ${now})
    on conflict (name) do update set failures = failures + 1,
      shut_until = iif(failures + 1 < ${mostFailures}, shut_until,
        max(iif(failures < ${mostFailures}, shut_until, 0), ${whole(now)} + ${wait})),
      reason = excluded.reason, failing_since = coalesce(failing_since, excluded.failing_since)
    where (failures < ${mostFailures} and ${call.counts ? 1 : 0}) or shut_until = ${until}
    returning ${standing}`);
  return counted.rows[0] ?? (await readStanding(ctx));
}

async function readStanding(ctx: AppContext): Promise<Standing> {
  const { rows } = await sql<Standing>`select ${standing} from outlets where ${mine(ctx)}`.execute(ctx.store.db);
  return rows[0] ?? { failures: 0, shutUntil: 0, since: ctx.clock() };
}

/** Statement: what waited for the provider has been told; what still waits is counted from `since`, ms UTC. */
export function countAnew(ctx: AppContext, since: RawBuilder<number>): RawBuilder<unknown> {
  return sql`update outlets set failing_since = ${since} where ${mine(ctx)} and failing_since is not null`;
}
