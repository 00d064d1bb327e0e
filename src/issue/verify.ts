import * as z from "zod";
import type { AppContext } from "../context.ts";
import { sumDeliveries } from "../delivery/find.ts";
import { findReaderMail, type ReaderMail, type Recount, recount } from "../delivery/verify.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { explainAddress, parseAddress } from "../mail/address.ts";
import { type IssueName, requireIssue } from "./find.ts";
import { namedSchema } from "./resume.ts";

/** The recount of an issue; `ok` where both ways come to the same and every delivery has its batch, or nothing is left to count. */
export interface Verified extends Omit<Recount, "counted"> {
  readonly ok: boolean;
  /** Null once the deliveries were deleted. */
  readonly counted: Recount["counted"] | null;
  /** When that was; ms UTC. */
  readonly retiredAt: number | null;
}

/** Recounts the ledger of an issue row by row against its sums. Throws `not-found`. */
export async function verifyIssue(ctx: AppContext, name: IssueName): Promise<Verified> {
  const { id } = await requireIssue(ctx, name);
  const found = await recount(ctx, id);
  // Looked at behind the count: what was not retired by now has lost nothing meanwhile.
  const { retiredAt } = await requireIssue(ctx, name);
  if (retiredAt !== null) {
    return { ok: true, summed: await sumDeliveries(ctx, id), counted: null, homeless: 0, sizes: [], retiredAt };
  }
  const same = JSON.stringify(found.summed) === JSON.stringify(found.counted);
  const ok = same && found.homeless === 0 && found.sizes.length === 0;
  if (!ok) ctx.log.error("ledger differs", { issue: id, found: JSON.stringify(found) });
  return { ok, ...found, retiredAt };
}

export const readerSchema = namedSchema.extend({ address: z.string().max(320) });

/** What became of one reader's mail; `delivery` is null where it was never owed to them, or the issue is retired. Throws `not-found`, `invalid`. */
export async function viewReader(
  ctx: AppContext,
  input: z.input<typeof readerSchema>,
): Promise<{ address: string; delivery: ReaderMail | null; retiredAt: number | null }> {
  const { address, ...name } = parseInput(readerSchema, input);
  const parsed = parseAddress(address, { allowReserved: true });
  if (!parsed.ok) throw new AppError("invalid", explainAddress(parsed.fault), { field: "address" });
  const { id } = await requireIssue(ctx, name);
  const person = await ctx.store.db
    .selectFrom("subscribers")
    .select(["id", "email"])
    .where("email_key", "=", parsed.emailKey)
    .executeTakeFirst();
  if (person === undefined) throw new AppError("not-found", "Nobody has subscribed with this address.");
  const delivery = await findReaderMail(ctx, id, person.id);
  const { retiredAt } = await requireIssue(ctx, name);
  return { address: person.email, delivery: retiredAt === null ? delivery : null, retiredAt };
}
