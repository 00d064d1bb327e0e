import { type RawBuilder, sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { utc } from "../instance/hold.ts";
import { checkKeys } from "../instance/keys.ts";
import type { Move } from "../instance/move.ts";
import { moveId } from "./begin.ts";
import { lockTables, unlockTables } from "./lock.ts";
import { freight, freightNames } from "./tables.ts";
import { viewEnd } from "./view.ts";

export const endSchema = z.strictObject({ id: moveId });

export const finishSchema = z.strictObject({
  id: moveId,
  /** For the target: the highest id that the source has ever given out, by table. */
  sequences: z.array(z.strictObject({ table: z.enum(freightNames), last: z.int().min(0) })).optional(),
});

/**
 * The source takes no write from here on: what it has is all that moves. Throws `conflict` while a batch is in flight, and for another
 * move.
 */
export async function closeSource(ctx: AppContext, input: z.input<typeof endSchema>): Promise<{ move: Move }> {
  const { id } = parseInput(endSchema, input);
  const { move, inFlight } = await findMove(ctx, id, "source");
  if (move.phase !== "copying") return { move };
  if (inFlight > 0) throw new AppError("conflict", "Mails are in flight here: their answers must be noted first.");
  const closed: Move = { ...move, phase: "closed" };
  const reason = `this installation moves to ${move.peer}. The last of it is copied now, and readers are asked to come back in a moment.`;
  await turnInto(ctx, move, { move: closed, reason }, lockTables());
  return { move: closed };
}

/** The highest id that a table has ever given out. */
export interface Sequence {
  readonly table: string;
  readonly last: number;
}

/** Highest ids ever given out here: none comes to mean somebody else, also not at the target (DOI-03). */
export async function readSequences(ctx: AppContext): Promise<Sequence[]> {
  const { rows } = await sql<{ name: string; seq: number }>`select name, seq from sqlite_sequence`.execute(
    ctx.store.db,
  );
  const seen = new Map(rows.map(({ name, seq }) => [name, seq]));
  return freight.filter(({ counts }) => counts).map(({ name }) => ({ table: name, last: seen.get(name) ?? 0 }));
}

/**
 * Ends a move at this end: the target has everything and answers readers, but mails nobody before it is released; the source never
 * mails or answers again. Again it changes nothing. Throws `conflict` for another move, or a source that is still open.
 */
export async function finishMove(ctx: AppContext, input: z.input<typeof finishSchema>): Promise<{ move: Move }> {
  const { id, sequences = [] } = parseInput(finishSchema, input);
  const { move } = await findMove(ctx, id);
  if (move.phase === "done") return { move };
  const done: Move = { ...move, phase: "done" };
  const at = utc(ctx.clock());
  if (move.role === "source") {
    if (move.phase !== "closed") throw new AppError("conflict", "The source is still open: close it first.");
    const reason = `this installation moved to ${move.peer} at ${at}. Nothing leaves from here any more.`;
    await turnInto(ctx, move, { move: done, reason });
    return { move: done };
  }
  const reason = `this installation moved here from ${move.peer} at ${at}.`;
  await turnInto(ctx, move, { move: done, reason }, [...raiseSequences(sequences), ...unlockTables()]);
  // The ring here may go on with a newer key than any the source knew.
  await checkKeys(ctx);
  return { move: done };
}

/**
 * Gives a move up at this end. The source goes on as if nothing had been; the target stays shut, with what has come. Again it changes
 * nothing. Throws `conflict` for another move; whoever calls must know that the target was never released.
 */
export async function abandonMove(ctx: AppContext, input: z.input<typeof endSchema>): Promise<{ abandoned: boolean }> {
  const { id } = parseInput(endSchema, input);
  const end = await viewEnd(ctx);
  if (end.move === null) return { abandoned: false };
  const { move } = await findMove(ctx, id);
  if (move.role === "source") {
    await commitIfStill(ctx, move, sql`null`, unlockTables());
    ctx.log.info("move given up", { id, role: move.role, peer: move.peer });
    ctx.bell.ring();
    return { abandoned: true };
  }
  const reason = `what was moving here from ${move.peer} was given up. Nothing leaves from here.`;
  await turnInto(ctx, move, { move: { ...move, phase: "abandoned" }, reason }, lockTables());
  return { abandoned: true };
}

async function findMove(ctx: AppContext, id: string, role?: Move["role"]): Promise<{ move: Move; inFlight: number }> {
  const { move, inFlight } = await viewEnd(ctx);
  if (move?.id === id && (role === undefined || move.role === role)) return { move, inFlight };
  throw new AppError("conflict", "This installation takes no part in that move.", {
    hint: "See what it does with: tidings instance show",
  });
}

/** From the phase that was read into another. All or nothing: where it is no longer that one, `also` does not happen either. */
async function turnInto(
  ctx: AppContext,
  was: Move,
  next: { readonly move: Move; readonly reason: string },
  also: readonly RawBuilder<unknown>[] = [],
): Promise<void> {
  const patch = JSON.stringify({ reason: next.reason, move: { phase: next.move.phase } });
  // Notices count up to here as older than the hold, for the release to show.
  const turned = sql`json_set(json_patch(held, ${patch}), '$.notices', (select coalesce(max(id), 0) from notices))`;
  await commitIfStill(ctx, was, turned, also);
  ctx.log.info("move goes on", { id: was.id, role: was.role, phase: next.move.phase });
}

async function commitIfStill(
  ctx: AppContext,
  { id, role, phase }: Move,
  held: RawBuilder<unknown>,
  also: readonly RawBuilder<unknown>[],
): Promise<void> {
  const still = sql`held ->> '$.move.id' = ${id} and held ->> '$.move.role' = ${role} and held ->> '$.move.phase' = ${phase}`;
  try {
    // What is no JSON is an error to SQLite, and that takes the whole commit back.
    await ctx.store.commit(
      sql`update instance set held = case when ${still} then ${held} else json(coalesce(held, '') || ' changed') end`,
      ...also,
    );
  } catch (fault) {
    if (!(fault instanceof Error) || !/malformed JSON/i.test(fault.message)) throw fault;
    throw new AppError("conflict", "Something else has happened here meanwhile. Look again.");
  }
}

function raiseSequences(sequences: readonly Sequence[]): RawBuilder<unknown>[] {
  return sequences.flatMap(({ table, last }) => [
    sql`update sqlite_sequence set seq = max(seq, ${last}) where name = ${table}`,
    sql`insert into sqlite_sequence (name, seq) select ${table}, ${last}
      where not exists (select 1 from sqlite_sequence where name = ${table})`,
  ]);
}
