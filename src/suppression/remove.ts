import { sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { explainAddress, parseAddress } from "../mail/address.ts";
import { requireNewsletter } from "../newsletter/find.ts";
import { addressHashes } from "./suppress.ts";

export const removeSuppressionSchema = z.strictObject({
  address: z.string().max(320),
  newsletter: z.string().optional(),
});

export type RemoveSuppressionInput = z.input<typeof removeSuppressionSchema>;

/**
 * Lets an address be mailed again, one remembered by hash alone too; its subscriptions stay as they are. Throws `invalid`,
 * `not-found`.
 */
export async function removeSuppression(ctx: AppContext, input: RemoveSuppressionInput): Promise<void> {
  const given = parseInput(removeSuppressionSchema, input);
  const parsed = parseAddress(given.address, { allowReserved: true });
  if (!parsed.ok) throw new AppError("invalid", explainAddress(parsed.fault), { field: "address" });
  const newsletter = given.newsletter === undefined ? 0 : (await requireNewsletter(ctx, given.newsletter)).id;
  const hashes = JSON.stringify(addressHashes(ctx.signer, parsed.emailKey));
  const [gone] = await ctx.store.commit(sql<{ id: number }>`
    delete from suppressions where newsletter = ${newsletter} and (email_key = ${parsed.emailKey} or (hash, key_id) in (
      select j.value ->> 'hash', j.value ->> 'keyId' from json_each(${hashes}) j))
    returning id`);
  if (gone.rows.length === 0) {
    const scope = given.newsletter === undefined ? "everywhere" : `for ${given.newsletter}`;
    throw new AppError("not-found", `This address is not suppressed ${scope}.`, {
      hint: "List suppressions with: tidings suppression list",
    });
  }
}
