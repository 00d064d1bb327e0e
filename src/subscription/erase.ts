import { type RawBuilder, sql } from "kysely";
import * as z from "zod";
import type { AppContext } from "../context.ts";
import { endOrphans } from "../delivery/orphans.ts";
import { scrubNotices, scrubTests } from "../delivery/owe.ts";
import { AppError } from "../errors.ts";
import { parseInput } from "../input.ts";
import { explainAddress, parseAddress } from "../mail/address.ts";
import { deleteSubscriber } from "../subscriber/keep.ts";
import { forgetAddress, rememberErased } from "../suppression/suppress.ts";

export const eraseSchema = z.strictObject({ address: z.string().max(320) });

/**
 * Erases a person (LAW-05): profile, subscriptions and notices go, consent events lose their subscriber, and only keyed hashes
 * stay: one so that an import cannot bring the address back (SUP-02), and for thirty days the one that limits mails to it, or
 * whoever is erased could be mailed without end (DOI-22). Throws `invalid`, `not-found`.
 */
export async function erase(ctx: AppContext, input: z.input<typeof eraseSchema>): Promise<{ erased: true }> {
  const given = parseInput(eraseSchema, input);
  const address = parseAddress(given.address, { allowReserved: true });
  if (!address.ok) throw new AppError("invalid", explainAddress(address.fault), { field: "address" });
  const done = await ctx.store.commit(...erasing(ctx, address));
  // Whoever pays a batch in between sees that its reader is gone, and repeats nothing; the tick makes up for a crash here.
  await endOrphans(ctx);
  if (done.at(-1)?.rows.length === 0) {
    throw new AppError("not-found", "Nobody has subscribed with this address.", {
      hint: "Its keyed hash is now kept, so that no import can bring the address in.",
    });
  }
  return { erased: true };
}

/** The statements of an erasure by address; the last returns whoever it was. */
export function erasing(ctx: AppContext, address: { email: string; emailKey: string }): RawBuilder<unknown>[] {
  const { email, emailKey } = address;
  const keyId = ctx.signer.currentKey;
  const person = sql<number>`(select id from subscribers where email_key = ${emailKey})`;
  return [
    rememberErased({ emailKey, hash: ctx.signer.keyedHash("suppression", emailKey, keyId), keyId, at: ctx.clock() }),
    sql`update consents set subscriber = null, form = null, page = null where subscriber = ${person}`,
    scrubTests(email),
    scrubNotices(person),
    forgetAddress(emailKey),
    deleteSubscriber(emailKey),
  ];
}
