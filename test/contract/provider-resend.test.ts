import { createNodePost } from "../../src/node/post.ts";
import { createResend, type ResendOptions } from "../../src/provider/resend/send.ts";
import type { Fault } from "../fakes/resend/faults.ts";
import { faults } from "../fakes/resend/faults.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { type Arrived, providerContract, type Rig } from "./provider.ts";

const scripts: Record<Parameters<Rig["script"]>[0], Fault> = {
  retry: faults.rate429,
  pause: faults.daily429,
  halt: faults.restrictedKey401,
  rejected: faults.oneBad422,
  unsure: faults.html502,
};

async function makeRig(more: Pick<ResendOptions, "batch" | "post">): Promise<Rig> {
  const fake = await startFakeResend({ apiKey: "re_contract", domains: ["morgenblatt.tld"] });
  const provider = createResend({
    apiKey: "re_contract",
    baseUrl: fake.url,
    userAgent: "tidings-test/1",
    timeout: 20_000,
    ...more,
  });
  return {
    provider,
    script: (result) => fake.fault(scripts[result]),
    arrived: async () => (await fake.ledger()).mails.map(toArrived),
    empty: () => fake.reset(),
    stop: () => fake.stop(),
  };
}

function toArrived(
  mail: Awaited<ReturnType<Awaited<ReturnType<typeof startFakeResend>>["ledger"]>>["mails"][number],
): Arrived {
  const [, quoted, address] = /^(.*) <(.*)>$/.exec(mail.from) ?? [];
  const name = (quoted ?? "").replace(/^"(.*)"$/, "$1").replace(/\\(.)/g, "$1");
  return {
    to: mail.recipient,
    from: { name, address: address ?? mail.from },
    subject: mail.subject,
    html: mail.html ?? "",
    text: mail.text ?? "",
    headers: new Map(Object.entries(mail.headers).map(([key, value]) => [key.toLowerCase(), value])),
  };
}

providerContract("Resend", () => makeRig({}));
providerContract("Resend, over Node's own sockets,", () => makeRig({ post: createNodePost() }));
providerContract("permissive Resend", () => makeRig({ batch: "permissive", post: createNodePost() }));
