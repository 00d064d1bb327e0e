import { afterAll, onTestFinished } from "vitest";
import { type IssueStatus, issueStatus } from "../../src/issue/find.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { createFetchPost } from "../../src/provider/resend/post.ts";
import { createResend, type ResendOptions } from "../../src/provider/resend/send.ts";
import type { BatchRow } from "../../src/store/rows.ts";
import { checkHoused, checkLedger } from "../delivery/invariants.ts";
import { addReaders } from "../delivery/readers.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import type { Beside } from "../world/beside.ts";
import { openWorld, type World, type WorldOptions } from "../world.ts";

/** An installation with a newsletter and its readers, beside a connection of the test's own to the same database. */
export interface Office extends World {
  readonly connection: Beside;
  /** So many more readers of the newsletter, confirmed an hour ago: `reader1@post.tld` and so on. */
  readers(count: number): Promise<void>;
  /** Sends an issue of the newsletter to all readers of now; nothing has left before a turn. Returns its id. */
  start(slug?: string, extra?: { subject?: string; markdown?: string }): Promise<number>;
  status(slug?: string): Promise<IssueStatus>;
  batches(): Promise<BatchRow[]>;
  /** Takes turns, moving the clock to whatever is due next, until nothing is owed. */
  finish(): Promise<void>;
}

/** An office whose way out is the real Resend client, and the fake process that it calls. */
export interface Post extends Office {
  readonly fake: FakeResend;
}

export const newsletter = "tide";

/** Opens an office that mails into the outbox. The ledger's invariants are checked when the test ends. */
export async function openOffice(options: WorldOptions & { readers?: number } = {}): Promise<Office> {
  const world = await openWorld(options);
  await world.newsletter(newsletter);
  const connection = world.beside();
  onTestFinished(async () => {
    await checkLedger(connection);
    await checkHoused(connection);
    connection.close();
    world.close();
  });
  let seeded = 0;
  const office: Office = Object.assign(world, {
    connection,
    readers: async (count: number) => {
      const from = seeded;
      seeded += count;
      const given = { newsletter: 1, count, at: world.clock.now - 3_600_000, from };
      for (const text of addReaders) await connection.prepare(text).run(given);
    },
    start: (slug = "one", extra = {}) => world.send(newsletter, slug, extra),
    status: (slug = "one") => issueStatus(world.ctx, { newsletter, slug }),
    batches: () => connection.prepare<[], BatchRow>("select * from batches order by id").all(),
    finish: () => finish(world),
  });
  await office.readers(options.readers ?? 0);
  return office;
}

let running: Promise<FakeResend> | null = null;

afterAll(async () => {
  const stopping = running;
  running = null;
  await (await stopping)?.stop();
});

/** One fake for all tests of a file, with nothing in its memory. */
async function freshFake(): Promise<FakeResend> {
  running ??= startFakeResend({ apiKey: "re_post", domains: ["harbourcourier.example"] });
  const fake = await running;
  await fake.reset();
  return fake;
}

/** Opens an office that mails through the fake Resend. `call` takes the place of fetch. */
export async function openPost(
  options: WorldOptions & { readers?: number; timeout?: number; call?: typeof fetch; batch?: Batch } = {},
): Promise<Post> {
  const { timeout = 20_000, call = fetch, batch = "strict", ...rest } = options;
  const fake = await freshFake();
  const provider = resend(fake, { timeout, post: createFetchPost(call), batch });
  return Object.assign(await openOffice({ provider, ...rest }), { fake });
}

type Batch = NonNullable<ResendOptions["batch"]>;

function resend(fake: FakeResend, options: Pick<ResendOptions, "timeout" | "post" | "batch">) {
  return createResend({ apiKey: "re_post", baseUrl: fake.url, userAgent: "tidings-test/1", ...options });
}

/** As a restart with another RESEND_BATCH. */
export function changeBatch({ ctx, fake }: Post, batch: Batch): void {
  Object.assign(ctx, { provider: resend(fake, { timeout: 20_000, post: createFetchPost(), batch }) });
}

async function finish(world: World): Promise<void> {
  for (let turns = 0; turns < 10_000; turns += 1) {
    if (await turn(world.ctx)) continue;
    const due = await nextTurn(world.ctx);
    if (due === null) return;
    world.clock.now = Math.max(due, world.clock.now + 1);
  }
  throw new Error("10,000 turns have not paid everything");
}

/** Who has got how many mails, by the fake's durable ledger. */
export async function received({ fake }: Post): Promise<Readonly<Record<string, number>>> {
  return (await fake.ledger()).perRecipient;
}

/** Each of the readers `from` to `to` once, as `received` tells it; without those named. */
export function once(from: number, to: number, without: readonly number[] = []): Record<string, number> {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return Object.fromEntries(numbers.filter((n) => !without.includes(n)).map((n) => [address(n), 1]));
}

/** The address of a seeded reader. */
export function address(reader: number): string {
  return `reader${reader}@post.tld`;
}

/** The calls to Resend so far: their idempotency keys and bodies. */
export async function calls({ fake }: Post): Promise<{ key: string; body: string | null; size: number }[]> {
  const made = await fake.requests();
  return made.map(({ headers, body, size }) => ({ key: headers["idempotency-key"] ?? "", body, size }));
}
