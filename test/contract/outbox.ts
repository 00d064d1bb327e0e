import PostalMime from "postal-mime";
import type { Outcome } from "../../src/provider/contract.ts";
import { createOutbox, type MailKeep } from "../../src/provider/outbox.ts";
import type { Arrived, Rig } from "./provider.ts";

/** The outbox over a keep, as the contract of all ways out wants it. `makeKeep` is told the time. */
export function outboxRig(makeKeep: (clock: () => number) => MailKeep, stop: () => Promise<void>): Rig {
  let now = Date.UTC(2026, 10, 22, 8);
  const keep = makeKeep(() => {
    now += 1;
    return now;
  });
  let pretended: Outcome | null = null;
  const fault = (): Outcome | null => {
    const outcome = pretended;
    pretended = null;
    return outcome;
  };
  return {
    provider: createOutbox(keep, { fault }),
    script: async (result) => {
      pretended = { result, reason: "pretended" };
    },
    arrived: async () => {
      const kept = await keep.list({ limit: 1000 });
      return Promise.all(kept.map(async ({ id }) => toArrived((await keep.read(id)) ?? new Uint8Array())));
    },
    empty: () => keep.purge(Number.MAX_SAFE_INTEGER).then(() => undefined),
    stop,
  };
}

async function toArrived(bytes: Uint8Array): Promise<Arrived> {
  const mail = await PostalMime.parse(bytes);
  return {
    to: mail.to?.[0]?.address ?? "",
    from: { name: mail.from?.name ?? "", address: mail.from?.address ?? "" },
    subject: mail.subject ?? "",
    html: mail.html ?? "",
    text: mail.text ?? "",
    headers: new Map(mail.headers.map(({ key, value }) => [key, value])),
  };
}
