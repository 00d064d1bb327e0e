import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { explainAddress, parseAddress } from "../mail/address.ts";
import { requireNewsletter } from "../newsletter/find.ts";
import { suppress } from "./suppress.ts";

export const addSuppressionSchema = z.strictObject({
  address: z.string().max(320),
  /** Slug; without it the address is suppressed everywhere. */
  newsletter: z.string().optional(),
  reason: z.enum(["complaint", "hard-bounce", "manual"]).default("manual"),
  origin: z.string().trim().max(200).default("admin"),
});

export type AddSuppressionInput = z.input<typeof addSuppressionSchema>;

/** Makes an address unmailable from the very next claim on; false if it was so already. Throws `invalid`, `not-found`. */
export async function addSuppression(ctx: AppContext, input: AddSuppressionInput): Promise<{ added: boolean }> {
  const given = parseInput(addSuppressionSchema, input);
  const parsed = parseAddress(given.address, { allowReserved: true });
  if (!parsed.ok) throw new AppError("invalid", explainAddress(parsed.fault), { field: "address" });
  const newsletter = given.newsletter === undefined ? 0 : (await requireNewsletter(ctx, given.newsletter)).id;
  const { reason, origin } = given;
  const [done] = await ctx.store.commit(
    suppress({ emailKey: parsed.emailKey, newsletter, reason, origin, at: ctx.clock() }),
  );
  return { added: done.rows.length > 0 };
}
