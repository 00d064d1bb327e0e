import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import PostalMime from "postal-mime";
import { createFileKeep } from "../../src/node/keep.ts";
import type { Outcome } from "../../src/provider/contract.ts";
import { createOutbox } from "../../src/provider/outbox.ts";
import { type Arrived, providerContract, type Rig } from "./provider.ts";

async function makeRig(): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "outbox-"));
  let now = Date.UTC(2026, 10, 22, 8);
  const keep = createFileKeep(folder, () => {
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
    stop: () => rm(folder, { recursive: true }),
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

providerContract("outbox", makeRig);
