import { createSmtp } from "../../src/node/smtp/send.ts";
import type { Provider } from "../../src/provider/contract.ts";
import { createFetchPost } from "../../src/provider/resend/post.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { type FakeSmtp, startFakeSmtp } from "../fakes/smtp/start.ts";

/** The ways out of RULES §8.3. */
export const ways = ["single", "strict", "permissive", "smtp"] as const;

export type Way = (typeof ways)[number];

/** Fakes of both providers, and the real clients that mail through them. */
export interface Outside {
  readonly resend: FakeResend;
  readonly smtp: FakeSmtp;
  /** A way out. */
  way(name: Way): Provider;
  /** Resend, whose call with this text in it runs out of time as soon as `isOver` says so, instead of by any clock. */
  impatient(name: Exclude<Way, "smtp">, call: { has: string; isOver: () => Promise<boolean> }): Provider;
  /** SMTP as smtp.resend.com speaks it: keys are known, once `smtp.set({ keys: true })` has told the fake. */
  keyedSmtp(): Provider;
  /** How many mails each recipient has got, by the durable ledger of the far side. */
  taken(name: Way): Promise<Readonly<Record<string, number>>>;
  /** Both forget everything. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const call = { apiKey: "re_matrix", userAgent: "t/1", timeout: 20_000 } as const;

function bodyHas(init: RequestInit | undefined, text: string): boolean {
  return init?.body instanceof Uint8Array && Buffer.from(init.body).includes(text);
}

/** A signal that time has run out, once it is so. */
function ending(isOver: () => Promise<boolean>): AbortSignal {
  const ended = new AbortController();
  async function look(): Promise<void> {
    while (!(await isOver())) await new Promise((resolve) => setImmediate(resolve));
    ended.abort(new DOMException("no whole answer in time", "TimeoutError"));
  }
  look().catch((fault) => ended.abort(fault));
  return ended.signal;
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
    way: (name) => (name === "smtp" ? mailBy(false) : createResend({ ...call, baseUrl: resend.url, batch: name })),
    impatient: (name, { has, isOver }) => {
      const post = createFetchPost((url, init) =>
        fetch(url, bodyHas(init, has) ? { ...init, signal: ending(isOver) } : init),
      );
      return createResend({ ...call, baseUrl: resend.url, batch: name, post });
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
