import { sql } from "kysely";
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
 * Erases a person (LAW-05): profile, subscriptions, notices and throttle go, consent events lose their subscriber, and only a
 * keyed hash stays, so that an import cannot bring the address back (SUP-02). Throws `invalid`, `not-found`.
 */
export async function erase(ctx: AppContext, input: z.input<typeof eraseSchema>): Promise<{ erased: true }> {
  const given = parseInput(eraseSchema, input);
  const address = parseAddress(given.address, { allowReserved: true });
  if (!address.ok) throw new AppError("invalid", explainAddress(address.fault), { field: "address" });
  const { emailKey, abuseKey } = address;
  const keyId = ctx.signer.currentKey;
  const person = sql<number>`(select id from subscribers where email_key = ${emailKey})`;
  const done = await ctx.store.commit(
    rememberErased({ emailKey, hash: ctx.signer.keyedHash("suppression", emailKey, keyId), keyId, at: ctx.clock() }),
    sql`update consents set subscriber = null, form = null, page = null where subscriber = ${person}`,
    scrubTests(address.email),
    scrubNotices(person),
    sql`delete from throttles where key = ${ctx.signer.keyedHash("throttle", abuseKey, ctx.signer.firstKey)}`,
    forgetAddress(emailKey),
    deleteSubscriber(emailKey),
  );
  // Whoever pays a batch in between sees that its reader is gone, and repeats nothing; the tick makes up for a crash here.
  await endOrphans(ctx);
  if (done.at(-1)?.rows.length === 0) {
    throw new AppError("not-found", "Nobody has subscribed with this address.", {
      hint: "Its keyed hash is now kept, so that no import can bring the address in.",
    });
  }
  return { erased: true };
}
