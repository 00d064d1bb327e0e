import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { explainAddress, parseAddress } from "../mail/address.ts";
import { requireNewsletter } from "../newsletter/find.ts";

export const removeSuppressionSchema = z.strictObject({
  address: z.string().max(320),
  newsletter: z.string().optional(),
});

export type RemoveSuppressionInput = z.input<typeof removeSuppressionSchema>;

/** Lets an address be mailed again; its subscriptions stay as they are. Throws `invalid`, `not-found`. */
export async function removeSuppression(ctx: AppContext, input: RemoveSuppressionInput): Promise<void> {
  const given = parseInput(removeSuppressionSchema, input);
  const parsed = parseAddress(given.address, { allowReserved: true });
  if (!parsed.ok) throw new AppError("invalid", explainAddress(parsed.fault), { field: "address" });
  const newsletter = given.newsletter === undefined ? 0 : (await requireNewsletter(ctx, given.newsletter)).id;
  const gone = await ctx.store.db
    .deleteFrom("suppressions")
    .where("email_key", "=", parsed.emailKey)
    .where("newsletter", "=", newsletter)
    .returning("id")
    .execute();
  if (gone.length === 0) {
    const scope = given.newsletter === undefined ? "everywhere" : `for ${given.newsletter}`;
    throw new AppError("not-found", `This address is not suppressed ${scope}.`, {
      hint: "List suppressions with: tidings suppression list",
    });
  }
}
