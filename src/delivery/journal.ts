import { CompiledQuery, type RawBuilder, sql } from "kysely";
import type { AppContext } from "../context.ts";
import type { Claim } from "./claim.ts";

/** The statement before has just frozen the batch: without that, for a lease that is over, there is nothing to keep a journal of. */
const justFrozen = (claim: Claim) => sql`exists (
  select 1 from batches where id = ${claim.id} and fence = ${claim.fence} and state = 'claimed' and payload_hash is not null)`;

/** Statement: begins the journal of a batch in the commit that freezes it; one of an earlier try is written over. */
export function openJournal(claim: Claim, letters: string): RawBuilder<unknown> {
  return sql`insert into journals (batch, letters) select ${claim.id}, ${letters} where ${justFrozen(claim)}
    on conflict (batch) do update set letters = excluded.letters`;
}

/** Statement: what an earlier try left behind says nothing about a batch that is frozen for a way out with keys. */
export function dropJournal(claim: Claim): RawBuilder<unknown> {
  return sql`delete from journals where batch = ${claim.id} and ${justFrozen(claim)}`;
}

/** Spelled out, since it runs once for each mail: building it anew costs twice as much as running it. */
const write = `update journals set letters = ? where batch = ? and exists (
  select 1 from batches where id = ? and fence = ? and state = 'claimed' and due_at > ?)`;

/** Makes a journal durable; false once the lease is lost or over, and then nothing more may leave (REL-10). */
export async function writeJournal(ctx: AppContext, { id, fence }: Claim, letters: string): Promise<boolean> {
  const query = CompiledQuery.raw(write, [letters, id, id, fence, ctx.clock()]);
  const [done] = await ctx.store.commit({ compile: () => query });
  return done.changes === 1;
}

/** Statement: a batch that is settled or begins afresh needs its journal no more. */
export function closeJournal(batch: number): RawBuilder<unknown> {
  return sql`delete from journals where batch = ${batch}
    and exists (select 1 from batches where id = ${batch} and (state <> 'claimed' or payload_hash is null))`;
}
