import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { utc } from "../instance/hold.ts";
import type { Move } from "../instance/move.ts";
import { type End, isGivenUp, type Misfit, misfitOfDoubt, misfitOfKeys, misfitOfSchema } from "./fit.ts";
import { lockTables } from "./lock.ts";
import { isUsed, viewEnd } from "./view.ts";

const keyPrint = z.tuple([z.int(), z.string().max(64)]);

export const moveId = z.string().regex(/^[0-9a-f]{16}$/, "must be 16 digits of 0-9 and a-f");

export const beginSchema = z.strictObject({
  id: moveId,
  role: z.enum(["source", "target"]),
  /** The other end, as people know it. */
  peer: z.string().trim().min(1).max(300),
  /** Of the source. */
  uid: z.string().max(64),
  schema: z.array(z.string().max(100)).max(1_000),
  /** Keys that the source's links were made with. */
  knownKeys: z.array(keyPrint).max(1_000),
  /** SHA-256 of the tokens that the target had before: they stay as they are, and none of them is compared. */
  tokens: z.array(z.string().max(64)).max(1_000),
});

/**
 * Makes this installation one end of a move; again, with the same id, it changes nothing. From here on nothing is mailed from it. The
 * source goes on to answer readers, the target takes rows of the move alone. Throws `preflight`, `misconfigured` or `conflict`.
 */
export async function beginMove(ctx: AppContext, input: z.input<typeof beginSchema>): Promise<{ move: Move }> {
  const given = parseInput(beginSchema, input);
  const end = await viewEnd(ctx);
  const { id, role, peer, uid } = given;
  if (end.move?.id === id && end.move.role === role && end.move.phase !== "abandoned") {
    // A crash may have come between the hold and the lock.
    if (role === "target" && end.move.phase === "copying") await ctx.store.commit(...lockTables());
    return { move: end.move };
  }
  if (role === "source") refuseSource(end, given);
  else refuseTarget(end, given);
  const at = ctx.clock();
  const move: Move = { id, role, phase: "copying", peer, uid };
  const words =
    role === "source"
      ? `since ${utc(at)} this installation moves to ${peer}. Readers are answered meanwhile.`
      : `since ${utc(at)} this installation takes over what moves here from ${peer}, and nothing else.`;
  const held = JSON.stringify({ kind: "moved", reason: words, at, notices: 0, move, except: given.tokens });
  const free = role === "source" ? sql`held is null` : sql`(held is null and not ${isUsed} or ${isAbandoned(uid)})`;
  const { rows } = await sql`update instance set held = ${held} where ${free} returning id`.execute(ctx.store.db);
  if (rows.length === 0) throw new AppError("conflict", "Something else has begun here meanwhile. Look again.");
  if (role === "target") await ctx.store.commit(...lockTables());
  ctx.log.info("move begun", { id, role, peer });
  return { move };
}

/** SQL: as `isGivenUp`. */
const isAbandoned = (uid: string) =>
  sql`(held ->> '$.move.role' = 'target' and held ->> '$.move.phase' = 'abandoned' and held ->> '$.move.uid' = ${uid})`;

type Given = z.output<typeof beginSchema>;

function refuseSource(end: End, { uid }: Given): void {
  if (end.uid !== uid) throw new AppError("conflict", "This is not the installation that was looked at.");
  if (end.move !== null) throw otherMove(end.move);
  if (end.heldFor !== null) throw new AppError("preflight", `Mails are held here: ${end.heldFor}`);
  if (end.unanswered > 0) refuse(misfitOfDoubt(end.unanswered));
}

function refuseTarget(end: End, given: Given): void {
  const isHalf = isGivenUp(end, given.uid);
  if (end.move !== null && !isHalf) throw otherMove(end.move);
  if (!isHalf && (end.heldFor !== null || !end.isEmpty)) {
    throw new AppError("preflight", "Only a fresh installation can take over another, and this one is in use.", {
      hint: "Make a new one, and name that. Nothing was changed.",
    });
  }
  refuse(misfitOfSchema(given, end));
  refuse(misfitOfKeys(given, end));
}

function refuse(misfit: Misfit | null): void {
  if (misfit !== null) throw new AppError("preflight", misfit.message, { hint: misfit.hint });
}

function otherMove({ role, peer }: Move): AppError {
  const what = role === "source" ? `moves, or has moved, to ${peer}` : `takes, or has taken, over ${peer}`;
  return new AppError("conflict", `This installation ${what}.`, {
    hint: "Go on with that move, or give it up, with: tidings move",
  });
}
