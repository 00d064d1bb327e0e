import { createHmac } from "node:crypto";
import type { FakeLedger } from "./control.ts";

/** What Resend reports of a mail. */
export type WebhookKind =
  | "sent"
  | "delivered"
  | "delivery_delayed"
  | "bounced"
  | "complained"
  | "suppressed"
  | "failed"
  | "opened"
  | "clicked";

/** What a report says beyond its kind, in Resend's words. */
export interface Detail {
  readonly type?: string;
  readonly subType?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The mail that a report is about. */
export interface Reported {
  readonly recipient: string;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  /** When it was made, ms UTC. */
  readonly at: number;
  readonly id?: string;
  readonly from?: string;
  readonly subject?: string;
}

/** A webhook ready to be posted. */
export interface Webhook {
  readonly id: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Ways in which a webhook is not Resend's. */
export type Forgery = "secret" | "body" | "id" | "old" | "early" | "version" | "unsigned";

/** Where the webhooks go, signed how, and by which clock. */
export interface Target {
  readonly url: string;
  readonly secret: string;
  /** Ms UTC. */
  readonly clock: () => number;
}

/** So many reports at once. */
export interface Wave {
  /** Of each mail, in this order. */
  readonly kinds: readonly WebhookKind[];
  readonly detail?: Detail;
  /** Of mails to these alone. */
  readonly to?: readonly string[];
  /** Of mails with this tag alone. */
  readonly tag?: readonly [name: string, value: string];
  /** When the mails were made, ms UTC; now unless given, since the fake's own clock is not the test's. */
  readonly madeAt?: number;
  /** In an order that this number makes; in the mails' own unless given. */
  readonly shuffle?: number;
  /** Each so often, under the same id. */
  readonly times?: number;
  readonly forged?: Forgery;
  /** So many under way at a time; one unless given. */
  readonly parallel?: number;
}

export interface FakeWebhooks {
  /** Sets where the webhooks go from now on. */
  aim(target: Target): void;
  /** Posts reports of accepted mails; tells the statuses of the answers, in the order of sending. */
  send(wave: Wave): Promise<number[]>;
}

/** Webhooks about whatever the ledger holds. */
export function createWebhooks(ledger: () => Promise<FakeLedger>): FakeWebhooks {
  let target: Target | null = null;
  return {
    aim: (given) => {
      target = given;
    },
    async send(wave) {
      if (target === null) throw new Error("fake.webhooks.aim was not called");
      const { url, secret, clock } = target;
      const { mails } = await ledger();
      const chosen = mails.filter(({ recipient, tags }) => {
        const isTo = wave.to?.includes(recipient) ?? true;
        return (
          isTo && (wave.tag === undefined || tags.some((tag) => [tag.name, tag.value].join() === wave.tag?.join()))
        );
      });
      const made = chosen.flatMap((mail) =>
        wave.kinds.map((kind) => {
          const body = webhookBody(kind, { ...mail, at: wave.madeAt ?? clock() }, wave.detail, clock());
          return sign({ secret, id: `msg_${mail.seq}_${kind}`, body, now: clock() }, wave.forged);
        }),
      );
      const all = Array.from({ length: wave.times ?? 1 }, () => made).flat();
      return post(url, wave.shuffle === undefined ? all : shuffled(all, wave.shuffle), wave.parallel ?? 1);
    },
  };
}

async function post(url: string, webhooks: readonly Webhook[], parallel: number): Promise<number[]> {
  const statuses: number[] = [];
  let next = 0;
  async function work(): Promise<void> {
    for (let at = next++; at < webhooks.length; at = next++) {
      const { headers = {}, body = "" } = webhooks[at] ?? {};
      const answer = await fetch(url, { method: "POST", headers, body });
      await answer.arrayBuffer();
      statuses[at] = answer.status;
    }
  }
  await Promise.all(Array.from({ length: parallel }, work));
  return statuses;
}

/** The body of a webhook as Resend writes it, tags as a map. */
export function webhookBody(kind: WebhookKind, mail: Reported, detail: Detail = {}, now = mail.at): string {
  const tags = Object.fromEntries(mail.tags.map(({ name, value }) => [name, value]));
  const { message = "", ...rest } = detail;
  const said: Partial<Record<WebhookKind, object>> = {
    bounced: { bounce: { message, type: "Permanent", subType: "General", diagnosticCode: [], ...rest } },
    suppressed: { suppressed: { message, type: "OnAccountSuppressionList", reason: "previous_bounce", ...rest } },
    failed: { failed: { reason: "reached_daily_quota", ...rest } },
    clicked: { click: { ipAddress: "203.0.113.9", link: "https://harbourcourier.example", userAgent: "none" } },
  };
  return JSON.stringify({
    type: `email.${kind}`,
    created_at: new Date(now).toISOString(),
    data: {
      email_id: mail.id ?? "f4ce0000-0000-4000-8000-000000000000",
      created_at: new Date(mail.at).toISOString().replace("T", " ").replace("Z", "+00"),
      from: mail.from ?? "tide@harbourcourier.example",
      to: [mail.recipient],
      subject: mail.subject ?? "News",
      tags,
      ...said[kind],
    },
  });
}

/** Signs by Svix's scheme, or nearly so. */
export function sign(
  given: { secret: string; id: string; body: string; now: number },
  forged: Forgery | null = null,
): Webhook {
  const seconds = Math.floor(given.now / 1000) + (forged === "old" ? -301 : forged === "early" ? 301 : 0);
  const secret = forged === "secret" ? Buffer.alloc(32, 9) : Buffer.from(given.secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", secret).update(`${given.id}.${seconds}.${given.body}`).digest("base64");
  const headers = {
    "content-type": "application/json",
    "svix-id": forged === "id" ? `${given.id}0` : given.id,
    "svix-timestamp": String(seconds),
    "svix-signature": forged === "version" ? `v1a,${mac}` : `v1,${mac}`,
  };
  const { "svix-signature": _, ...unsigned } = headers;
  const body = forged === "body" ? given.body.replace("email.", "emaiI.") : given.body;
  return { id: given.id, body, headers: forged === "unsigned" ? unsigned : headers };
}

/** The same order for the same seed (mulberry32). */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const draw = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return list
    .map((entry) => ({ entry, rank: draw() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ entry }) => entry);
}
