import type { AppContext } from "../context.ts";
import { parseAddress } from "../mail/address.ts";
import type { RequestResult } from "./behind-guard.ts";
import { readDesk } from "./desk.ts";
import { readConfirmLink } from "./links.ts";
import { request } from "./request.ts";
import { isThere } from "./still-there.ts";
import { stranger, type Visit } from "./visit.ts";

export type RenewResult = RequestResult | { outcome: "unknown" };

/** Asks for a new link in place of an expired one, through the same gate as a sign-up (DOI-11). */
export async function renew(
  ctx: AppContext,
  input: { token: string; wording: string; visit?: Visit },
): Promise<RenewResult> {
  const link = await readConfirmLink(ctx, input.token);
  if (!link.known) return { outcome: link.authentic ? "sent" : "unknown" };
  const { subscriber, emailKey, items } = link.asked;
  // Never a way back for someone who left: only what is still as it was asked for (I6), and takes readers as the gate does.
  const held = items.filter((item) => item.status === "pending" || item.status === "active");
  const desk = await readDesk(
    ctx,
    held.map((item) => item.slug),
  );
  const person = await ctx.store.db
    .selectFrom("subscribers")
    .select(["email", "name"])
    .where("id", "=", subscriber)
    .where("email_key", "=", emailKey)
    .executeTakeFirst();
  if (person === undefined || desk.open.length === 0) return { outcome: "sent" };
  const address = parseAddress(person.email, { allowReserved: true });
  if (!address.ok) return { outcome: "sent" };
  const asked = request(ctx, {
    address,
    desk,
    newsletters: desk.open,
    name: person.name,
    wording: input.wording,
    source: { form: "renew", page: null },
    visit: input.visit ?? stranger,
    known: subscriber,
  });
  return asked.catch(async (fault) => {
    // Erased between reading and writing, or moved, which ends this link: nobody is there to be answered, and nothing was written.
    if (await isThere(ctx, subscriber, emailKey)) throw fault;
    return { outcome: "sent" } as const;
  });
}
