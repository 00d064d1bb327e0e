import PostalMime from "postal-mime";
import { createSmtp } from "../../src/node/smtp/send.ts";
import type { Fault } from "../fakes/smtp/faults.ts";
import { type FakeSmtp, startFakeSmtp } from "../fakes/smtp/start.ts";
import { type Arrived, providerContract, type Rig, type Traits } from "./provider.ts";

const scripts: Record<Parameters<Rig["script"]>[0], Fault | null> = {
  retry: { at: "mail", kind: "reply", text: "451 4.3.0 Busy" },
  // No reply of SMTP speaks of a quota alone.
  pause: null,
  halt: { at: "mail", kind: "reply", text: "550 5.7.1 Not your domain" },
  rejected: { at: "rcpt", kind: "reply", text: "550 5.1.1 No such user" },
  unsure: { at: "dot", kind: "drop" },
};

function makeRig(knowsKeys: boolean): () => Promise<Rig> {
  return async () => {
    const fake = await startFakeSmtp({ manners: { keys: knowsKeys } });
    const server = { host: "127.0.0.1", port: fake.port, tls: "off", login: null, ca: null } as const;
    const provider = createSmtp({ server, name: null, knowsKeys });
    return {
      provider,
      script: async (result) => {
        const fault = scripts[result];
        if (fault === null) throw new Error(`${result} cannot be scripted`);
        await fake.fault(fault);
      },
      arrived: () => arrivedAt(fake),
      empty: () => fake.reset(),
      stop: async () => {
        provider.close();
        await fake.stop();
      },
    };
  };
}

async function arrivedAt(fake: FakeSmtp): Promise<Arrived[]> {
  const { mails } = await fake.ledger();
  return Promise.all(
    mails.map(async ({ recipient, raw }) => {
      const mail = await PostalMime.parse(Buffer.from(raw ?? "", "latin1"));
      return {
        to: recipient,
        from: { name: mail.from?.name ?? "", address: mail.from?.address ?? "" },
        subject: mail.subject ?? "",
        html: mail.html ?? "",
        text: mail.text ?? "",
        headers: new Map(mail.headers.map(({ key, value }) => [key, value])),
      };
    }),
  );
}

const traits: Traits = {
  knowsKeys: false,
  refusesOtherBytes: false,
  scripted: ["retry", "halt", "rejected", "unsure"],
  alone: ["rejected", "unsure"],
};

providerContract("SMTP", makeRig(false), traits);
providerContract("SMTP of Resend", makeRig(true), { ...traits, knowsKeys: true, alone: ["rejected"] });
