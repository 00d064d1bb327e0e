import type { AppContext } from "../context.ts";
import { parseAddress } from "../mail/address.ts";
import { listNewsletters } from "../newsletter/find.ts";
import { readConfirmLink } from "./links.ts";
import { request } from "./subscribe.ts";

export type RenewResult = { outcome: "sent" } | { outcome: "unknown" };

/** Asks for a new link in place of an expired one, through the same gate as a sign-up (DOI-11). */
export async function renew(ctx: AppContext, input: { token: string; wording: string }): Promise<RenewResult> {
  const link = await readConfirmLink(ctx, input.token);
  if (!link.known) return { outcome: link.authentic ? "sent" : "unknown" };
  const { subscriber, items } = link.asked;
  const open = new Set((await listNewsletters(ctx, { status: "open" })).map((newsletter) => newsletter.id));
  // Never a way back for someone who left: only what is still as it was asked for (I6), and takes readers as the gate does.
  const still = items.filter(
    (item) => (item.status === "pending" || item.status === "active") && open.has(item.newsletter),
  );
  const person = await ctx.store.db
    .selectFrom("subscribers")
    .select(["email", "name"])
    .where("id", "=", subscriber)
    .executeTakeFirst();
  if (person === undefined || still.length === 0) return { outcome: "sent" };
  const address = parseAddress(person.email, { allowReserved: true });
  if (!address.ok) return { outcome: "sent" };
  const asked = request(ctx, {
    address,
    newsletters: still.map((item) => item.newsletter),
    name: person.name,
    wording: input.wording,
    source: { form: "renew", page: null },
    known: subscriber,
  });
  await asked.catch(async (fault) => {
    // Erased between reading and writing: nobody is there to be answered, and nothing was written.
    if (await isThere(ctx, subscriber)) throw fault;
  });
  return { outcome: "sent" };
}

async function isThere(ctx: AppContext, subscriber: number): Promise<boolean> {
  const row = await ctx.store.db.selectFrom("subscribers").select("id").where("id", "=", subscriber).executeTakeFirst();
  return row !== undefined;
}
