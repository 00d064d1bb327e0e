import { createSmtp } from "../../src/node/smtp/send.ts";
import type { Provider } from "../../src/provider/contract.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import { type FakeResend, startFakeResend } from "../fakes/resend/start.ts";
import { type FakeSmtp, startFakeSmtp } from "../fakes/smtp/start.ts";

/** The ways out of RULES §8.3. */
export const ways = ["single", "strict", "permissive", "smtp"] as const;

export type Way = (typeof ways)[number];

/** Fakes of both providers, and the real clients that mail through them. */
export interface Outside {
  readonly resend: FakeResend;
  readonly smtp: FakeSmtp;
  /** A way out; `timeout` in ms for a whole call of Resend's. */
  way(name: Way, timeout?: number): Provider;
  /** SMTP as smtp.resend.com speaks it: keys are known, once `smtp.set({ keys: true })` has told the fake. */
  keyedSmtp(): Provider;
  /** How many mails each recipient has got, by the durable ledger of the far side. */
  taken(name: Way): Promise<Readonly<Record<string, number>>>;
  /** Both forget everything. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts both. */
export async function startOutside(): Promise<Outside> {
  const [resend, smtp] = await Promise.all([
    startFakeResend({ apiKey: "re_matrix", domains: ["harbourcourier.example"], bodies: false }),
    startFakeSmtp({ bodies: false, talk: false }),
  ]);
  const server = { host: "127.0.0.1", port: smtp.port, tls: "off", login: null, ca: null } as const;
  const opened: { close(): void }[] = [];
  function mailBy(knowsKeys: boolean): Provider {
    const out = createSmtp({ server, name: null, knowsKeys });
    opened.push(out);
    return out;
  }
  return {
    resend,
    smtp,
    way: (name, timeout = 20_000) => {
      if (name !== "smtp") {
        return createResend({ apiKey: "re_matrix", baseUrl: resend.url, userAgent: "t/1", timeout, batch: name });
      }
      return mailBy(false);
    },
    keyedSmtp: () => mailBy(true),
    taken: async (name) => (await (name === "smtp" ? smtp : resend).ledger()).perRecipient,
    reset: async () => void (await Promise.all([resend.reset(), smtp.reset()])),
    stop: async () => {
      for (const one of opened) one.close();
      await Promise.all([resend.stop(), smtp.stop()]);
    },
  };
}
