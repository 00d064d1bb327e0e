import { sql } from "kysely";
import type { AppContext } from "../context.ts";
import { readInstance } from "../instance/find.ts";
import type { Signer } from "../mail/tokens.ts";
import { createMemory } from "../memory.ts";
import { counted, countedLately, lookBack, rateKey, shareBefore, stretchOf } from "./rates.ts";
import { readThreshold } from "./threshold.ts";

/** How busy the forms are, and what that means for whoever signs up now. */
export interface Level {
  /** `attack`: more sign-ups in the last ten minutes than `threshold`. */
  readonly level: "calm" | "attack";
  readonly challenge: "auto" | "always" | "never";
  /** Sign-ups of the last ten minutes, of the same ten minutes on average of the last seven days, and how many are too many. */
  readonly lately: number;
  readonly usual: number;
  readonly threshold: number;
}

/** Derived from the counts: nothing is kept that could be forgotten or stay on (DOI-23). */
export async function readLevel(ctx: AppContext): Promise<Level> {
  const now = ctx.clock();
  const { challenge } = await readInstance(ctx);
  const { usual, threshold } = await readThreshold(ctx);
  const start = sql<number>`${stretchOf(now)}`;
  const { rows } = await sql<{ n: number }>`select ${countedLately(start, sql`${shareBefore(now)}`)} n`.execute(
    ctx.store.db,
  );
  const lately = Math.round(rows[0]?.n ?? 0);
  return { level: lately >= threshold ? "attack" : "calm", challenge, lately, usual, threshold };
}

/**
 * Whether a form should solve a proof of work: always, under attack, or where its network has used half of what it may without
 * one. Whoever has none is answered all the same, only later.
 */
export async function isProofWanted(ctx: AppContext, network: string): Promise<boolean> {
  const { level, challenge } = await readLevel(ctx);
  if (challenge === "always" || (challenge === "auto" && level === "attack")) return true;
  const since = sql<number>`${stretchOf(ctx.clock()) - lookBack}`;
  const key = sql<string>`${networkKey(ctx.signer, network)}`;
  const { rows } = await sql<{ n: number }>`select ${counted(key, since)} n`.execute(ctx.store.db);
  return (rows[0]?.n ?? 0) * 2 >= (await readInstance(ctx)).signupLimits.network;
}

/** The key under which a network is counted. */
export function networkKey(signer: Signer, network: string): string {
  return rateKey.network(shortHash(signer, `network:${network}`));
}

/** The key under which a recipients' domain is counted. */
export function domainKey(signer: Signer, domain: string): string {
  return rateKey.domain(shortHash(signer, `domain:${domain}`));
}

/** Hashes by what they were made of: a busy hour has few networks and domains, and hashing is a tenth of a sign-up. */
const hashes = createMemory<Signer, string>(10_000);

/** Long enough that no two meet, short enough to be written for every sign-up. The oldest key: a rotation resets no count. */
function shortHash(signer: Signer, text: string): string {
  const known = hashes.get(signer, text);
  if (known !== undefined) return known;
  const made = signer.keyedHash("throttle", text, signer.firstKey).slice(0, 24);
  hashes.set(signer, text, made);
  return made;
}
