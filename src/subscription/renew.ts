import type { AppContext } from "../context.ts";
import { parseAddress } from "../mail/address.ts";
import { readConfirmLink } from "./links.ts";
import { request } from "./subscribe.ts";

export type RenewResult = { outcome: "sent" } | { outcome: "unknown" };

/** Asks for a new link in place of an expired one, through the same gate as a sign-up (DOI-11). */
export async function renew(ctx: AppContext, input: { token: string; wording: string }): Promise<RenewResult> {
  const link = await readConfirmLink(ctx, input.token);
  if (!link.known) return { outcome: link.authentic ? "sent" : "unknown" };
  const { subscriber, items } = link.asked;
  // Never a way back for someone who left: only what is still as it was asked for (I6).
  const still = items.filter((item) => item.status === "pending" || item.status === "active");
  const person = await ctx.store.db
    .selectFrom("subscribers")
    .select(["email", "name"])
    .where("id", "=", subscriber)
    .executeTakeFirst();
  if (person === undefined || still.length === 0) return { outcome: "sent" };
  const address = parseAddress(person.email, { allowReserved: true });
  if (!address.ok) return { outcome: "sent" };
  await request(ctx, {
    address,
    newsletters: still.map((item) => item.newsletter),
    name: person.name,
    wording: input.wording,
    source: { form: "renew", page: null },
  });
  return { outcome: "sent" };
}
