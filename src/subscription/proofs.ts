import { type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { Proof } from "./visit.ts";

/** Statement: spends a proof; it counts once (DOI-26). */
export function spend({ challenge, until }: Proof): RawBuilder<unknown> {
  return sql`insert into proofs (hash, until) values (${challenge}, ${until}) on conflict (hash) do nothing`;
}

/** SQL: whether a challenge was spent before; null never was. */
export function isSpent(challenge: RawBuilder<string | null>): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from proofs where hash = ${challenge})`;
}

/** Forgets proofs that are void by now; tells how many. */
export async function purgeProofs(ctx: AppContext): Promise<number> {
  const [done] = await ctx.store.commit(sql`delete from proofs where until < ${ctx.clock()}`);
  return done.changes;
}
