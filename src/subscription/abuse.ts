import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { slowly } from "../delivery/owe.ts";
import { readInstance } from "../instance/find.ts";
import { type Level, readLevel } from "./level.ts";
import { lookBack, rateKey, stretchOf } from "./rates.ts";

const day = 24 * 3_600_000;
const mostNetworks = 5;

/** Sign-ups counted in the last hour under one key, and the limit that they are held against; null: none. */
export interface Counted {
  readonly name: string;
  readonly n: number;
  readonly limit: number | null;
}

/** What the guard sees and does. */
export interface AbuseStatus extends Level {
  /** Whether a form must solve a proof of work to be answered at once. */
  readonly required: boolean;
  readonly total: Counted;
  /** By newsletter, most first. */
  readonly newsletters: readonly Counted[];
  /** Those with the most sign-ups, by a piece of their keyed hash: nobody can be told from it. */
  readonly networks: readonly Counted[];
  /** Mails that wait in the slow lane, and when the last of them leaves. */
  readonly lane: { readonly waiting: number; readonly endsAt: number | null };
  /** What became of sign-ups of the last 24 hours that were not answered at once, by reason. */
  readonly lastDay: Readonly<Record<"slow" | "flood" | "trap" | "network" | "cool-down" | "suppressed", number>>;
}

/** Reads it all from the counts and the ledger. */
export async function readAbuse(ctx: AppContext): Promise<AbuseStatus> {
  const now = ctx.clock();
  const level = await readLevel(ctx);
  const { signupLimits } = await readInstance(ctx);
  const counts = await countHour(ctx, now);
  const { challenge } = level;
  return {
    ...level,
    required: challenge === "always" || (challenge === "auto" && level.level === "attack"),
    total: { name: "total", n: sumOf(counts, rateKey.total), limit: signupLimits.total },
    newsletters: await newslettersOf(ctx, counts, signupLimits.newsletter),
    networks: topNetworks(counts, signupLimits.network),
    lane: await laneOf(ctx, now),
    lastDay: await lastDayOf(ctx, now),
  };
}

interface Count {
  readonly key: string;
  readonly n: number;
}

async function countHour(ctx: AppContext, now: number): Promise<Count[]> {
  const { rows } = await sql<Count>`select key, sum(n) n from rates
    where start > ${stretchOf(now) - lookBack} and start <= ${stretchOf(now)} group by key order by n desc, key`.execute(
    ctx.store.db,
  );
  return rows;
}

function sumOf(counts: readonly Count[], key: string): number {
  return counts.find((count) => count.key === key)?.n ?? 0;
}

async function newslettersOf(ctx: AppContext, counts: readonly Count[], limit: number): Promise<Counted[]> {
  const rows = await ctx.store.db.selectFrom("newsletters").select(["id", "slug"]).orderBy("id").execute();
  return rows
    .map(({ id, slug }) => ({ name: slug, n: sumOf(counts, rateKey.newsletter(id)), limit }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => b.n - a.n);
}

function topNetworks(counts: readonly Count[], limit: number): Counted[] {
  const prefix = rateKey.network("");
  return counts
    .filter(({ key }) => key.startsWith(prefix))
    .slice(0, mostNetworks)
    .map(({ key, n }) => ({ name: key.slice(prefix.length, prefix.length + 8), n, limit }));
}

async function laneOf(ctx: AppContext, now: number): Promise<AbuseStatus["lane"]> {
  const { rows } = await sql<{ waiting: number; endsAt: number | null }>`
    select count(*) waiting, max(due_at) endsAt from notices
    where batch is null and state is null and reason = ${slowly} and due_at > ${now}`.execute(ctx.store.db);
  return rows[0] ?? { waiting: 0, endsAt: null };
}

async function lastDayOf(ctx: AppContext, now: number): Promise<AbuseStatus["lastDay"]> {
  // What was made since expires later still: that finds them by an index.
  const { rows } = await sql<{ reason: string; n: number }>`select reason, count(*) n from notices
    where expires_at > ${now - day} and created_at > ${now - day} and reason is not null group by reason`.execute(
    ctx.store.db,
  );
  const of = (reason: string) => rows.find((row) => row.reason === reason)?.n ?? 0;
  return {
    slow: of(slowly),
    flood: of("flood"),
    trap: of("trap"),
    network: of("network"),
    "cool-down": of("cool-down"),
    suppressed: of("suppressed"),
  };
}
