import type { AppContext } from "../context.ts";
import { type AddressFault, parseAddress } from "../mail/address.ts";
import { type Closed, freshFor, openLink } from "./access.ts";
import type { RequestResult } from "./behind-guard.ts";
import { mailLink } from "./link-mail.ts";
import type { Visit } from "./visit.ts";

export type SendLinkResult = RequestResult | { outcome: "bad-address"; fault: AddressFault };

/** Mails a fresh link to whoever asks for the one of their address. `sent` is the answer for readers and strangers alike (I7). */
export async function sendLink(ctx: AppContext, input: { email: string; visit: Visit }): Promise<SendLinkResult> {
  const address = parseAddress(input.email, { allowReserved: ctx.config.provider === "outbox" });
  if (!address.ok) return { outcome: "bad-address", fault: address.fault };
  return mailLink(ctx, { kind: "link", address, subscriber: 0, lasts: freshFor, visit: input.visit });
}

/**
 * The same for the reader whose link in an issue this is, who need not type it; it goes to them, whoever presses. `nothing`: the
 * link was mailed to a former address.
 */
export async function sendOwnLink(
  ctx: AppContext,
  input: { token: string; visit: Visit },
): Promise<{ kind: "asked"; result: RequestResult } | { kind: "nothing" } | Closed> {
  const reader = await openLink(ctx, { by: "issue", token: input.token });
  if (reader.kind !== "reader") return reader;
  if (reader.former) return { kind: "nothing" };
  const address = parseAddress(reader.email, { allowReserved: true });
  if (!address.ok) return { kind: "asked", result: { outcome: "sent" } };
  const asked = { kind: "link", address, subscriber: 0, lasts: freshFor, visit: input.visit } as const;
  return { kind: "asked", result: await mailLink(ctx, asked) };
}
