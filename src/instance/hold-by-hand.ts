import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { parseInput } from "../input.ts";
import { type Hold, readHold, setHold, utc } from "./hold.ts";

export const holdSchema = z.strictObject({
  /** True: an older state of the database was put back. False: mails are only to wait. */
  restored: z.boolean(),
});

/**
 * Holds all mails by a person's word until another one releases them. Another hold stays, unless an older state was put back
 * since. Tells the hold that counts now, and whether it is this one.
 */
export async function holdByHand(
  ctx: AppContext,
  input: z.input<typeof holdSchema>,
): Promise<{ held: Hold; set: boolean }> {
  const { restored } = parseInput(holdSchema, input);
  const at = ctx.clock();
  const kind = restored ? "restored" : "hand";
  const reason = restored
    ? `an older state of this database was put back, as was said at ${utc(at)}.`
    : `they were held by hand at ${utc(at)}.`;
  const [set, now] = await ctx.store.commit(
    setHold({ kind, reason, at }, { anew: restored }),
    sql<{ held: string }>`select held from instance where id = 1`,
  );
  const held = readHold(now.rows[0]?.held ?? null);
  if (held === null) throw new Error("there is no instance to hold");
  if (set.rows.length === 1) ctx.log.info("mails are held", { kind, reason });
  return { held, set: set.rows.length === 1 };
}
