import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import type { MailServer } from "../../../src/mail-server.ts";
import { createSmtp, type Smtp, type SmtpOptions } from "../../../src/node/smtp/send.ts";
import type { Timers } from "../../../src/node/smtp/timers.ts";
import type { Journal, MemberOutcome, Outcome } from "../../../src/provider/contract.ts";
import { type FakeOptions, type FakeSmtp, startFakeSmtp } from "../../fakes/smtp/start.ts";
import { issue, readers } from "../../provider/samples.ts";

/** A clock that goes on only when it is told to. */
export interface HandClock extends Timers {
  /** Goes on by so many ms and runs what is due by then. */
  pass(ms: number): void;
  /** How long is waited for, each as it was asked, in ms. */
  waits(): number[];
}

/** A clock at rest. */
export function handClock(): HandClock {
  const waiting = new Set<{ readonly ms: number; readonly due: number; readonly run: () => void }>();
  let now = 1_000;
  return {
    now: () => now,
    after(ms, run) {
      const entry = { ms, due: now + ms, run };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    pass(ms) {
      now += ms;
      for (const entry of [...waiting].sort((a, b) => a.due - b.due)) {
        if (entry.due <= now && waiting.delete(entry)) entry.run();
      }
    },
    waits: () => [...waiting].map(({ ms }) => ms),
  };
}

/** What a journal was told, in order. */
export interface Kept extends Journal {
  readonly told: string[];
}

/** A journal that remembers what it was told; `lost`: the place at which the lease turns out to be lost. */
export function keepJournal(lost = -1): Kept {
  const told: string[] = [];
  return {
    told,
    async leaving(place) {
      told.push(`leaving ${place}`);
      return place !== lost;
    },
    came: (place, accepted) => void told.push(`${accepted ? "accepted" : "not"} ${place}`),
  };
}

/** A fake server for all tests of a file, forgotten before each. */
export function useFake(options: FakeOptions = {}): { readonly fake: FakeSmtp } {
  let started: FakeSmtp | undefined;
  beforeAll(async () => {
    started = await startFakeSmtp(options);
  });
  beforeEach(() => started?.reset());
  // Whatever a test was about: the client never breaks the protocol.
  afterEach(async () => {
    const talks = (await started?.talks()) ?? [];
    expect(talks.flatMap((talk) => talk.faults)).toEqual([]);
  });
  afterAll(() => started?.stop());
  return {
    get fake() {
      if (started === undefined) throw new Error("the fake starts before the first test, not earlier");
      return started;
    },
  };
}

/** How to reach a fake. */
export function serverAt(fake: FakeSmtp, changes: Partial<MailServer> = {}): MailServer {
  return { host: "127.0.0.1", port: fake.port, tls: "off", login: null, ca: null, ...changes };
}

/** A way out to a fake. */
export function smtpTo(fake: FakeSmtp, changes: Partial<SmtpOptions> & { at?: Partial<MailServer> } = {}): Smtp {
  const { at = {}, ...rest } = changes;
  return createSmtp({ server: serverAt(fake, at), name: null, ...rest });
}

/** Sends an issue to so many readers by a connection of its own. */
export async function sendIssue(
  fake: FakeSmtp,
  count: number,
  changes: Parameters<typeof smtpTo>[1] & { journal?: Journal; key?: string } = {},
): Promise<Outcome> {
  const { journal = keepJournal(), key = "i/1/1-1", ...rest } = changes;
  const smtp = smtpTo(fake, rest);
  try {
    return await smtp
      .issue(issue)(readers(count))
      .send(key, smtp.knowsKeys ? undefined : journal);
  } finally {
    smtp.close();
  }
}

/** The results of an outcome's mails, in order. */
export function resultsOf(outcome: Outcome): readonly MemberOutcome["result"][] {
  return outcome.result === "partly" ? outcome.members.map((member) => member.result) : [];
}

/** Addresses of the mails that the fake has accepted, in order. */
export async function accepted(fake: FakeSmtp): Promise<string[]> {
  return (await fake.ledger()).mails.map((mail) => mail.recipient);
}

/** What a connection's two sides said, each in one piece. */
export async function talkOf(fake: FakeSmtp, connection = 0): Promise<{ client: string; server: string }> {
  const said = (await fake.talks())[connection]?.said ?? [];
  const of = (side: "client" | "server") => said.flatMap(({ by, text }) => (by === side ? [text] : [])).join("");
  return { client: of("client"), server: of("server") };
}

/** Waits until all scripted faults have struck. */
export async function struck(fake: FakeSmtp): Promise<void> {
  await vi.waitFor(async () => expect(await fake.faultsLeft()).toEqual([]), { timeout: 10_000, interval: 5 });
}

/** Waits until the clock is asked to wait exactly so long, and for nothing else. */
export async function waitingFor(clock: HandClock, ...ms: number[]): Promise<void> {
  await vi.waitFor(() => expect(clock.waits()).toEqual(ms), { timeout: 10_000, interval: 5 });
}
