import { join } from "node:path";
import { expect, test } from "vitest";
import type { BatchRow, IssueRow } from "../../src/store/rows.ts";
import { subscribe } from "../../src/subscription/subscribe.ts";
import { dice } from "../delivery/dice.ts";
import { assertHoused, assertLedger } from "../delivery/invariants.ts";
import { faults } from "../fakes/resend/faults.ts";
import { type FakeResend, startFakeResend } from "../fakes/resend/start.ts";
import { copy, install, look, run, sendToReaders, temporary } from "./installation.ts";
import { type Orders, points } from "./orders.ts";

const rounds = 50;
const readers = 24;
const members = 6;
/** Rounds of a set are killed one by one, and paid to the end by one process that comes after. */
const set = 5;
/** Sets that are played beside one another. */
const lanes = 3;

/** A restart comes when every lease of the one before is over. */
const later = 120_000;

interface Round {
  readonly folder: string;
  readonly name: string;
  /** Where its processes were killed, in order. */
  readonly kills: string[];
}

type Base = Omit<Orders, "folders" | "point" | "nth" | "delay" | "clock">;

/** Starts processes on a folder that are killed at points by the seed; most rounds have one, some have three in a row. */
async function play(round: Round, seed: number, base: Base): Promise<void> {
  const roll = dice(seed);
  for (let start = 0; start < (seed % 10 === 0 ? 3 : 1); start += 1) {
    const point = points[(seed + start) % points.length] as Orders["point"];
    const nth = 1 + roll(point === "planned" ? 2 : 4);
    const orders = { ...base, folders: [round.folder], point, nth, delay: roll(4), clock: Date.now() + start * later };
    if (!(await run(orders, join(round.folder, "..", "cache")))) return;
    round.kills.push(point);
  }
}

async function playSet(folder: string, fake: FakeResend, first: number): Promise<Round[]> {
  const played: Round[] = [];
  const base = { url: fake.url, members };
  for (let seed = first; seed < first + set; seed += 1) {
    const round = { folder: join(folder, `round-${seed}`), name: `r${seed}`, kills: [] };
    copy(join(folder, "template"), round.folder, round.name);
    if (seed % 3 === 0) {
      const match = { key: `crash-${round.name}/` };
      await fake.fault(...[faults.accepted502, faults.rate429, faults.acceptedReset].map((one) => ({ ...one, match })));
    }
    await play(round, seed, { ...base, workers: 1 + (seed % 3) });
    played.push(round);
  }
  const last = { ...base, workers: 2, point: "", nth: 0, delay: 0, clock: Date.now() + 3 * later } as const;
  const folders = played.map((round) => round.folder);
  expect(await run({ ...last, folders }, join(folder, "cache"))).toBe(false);
  return played;
}

async function playAll(folder: string, fake: FakeResend): Promise<Round[]> {
  await install(join(folder, "template"), fake.url, (ctx) => sendToReaders(ctx, readers));
  const waiting = Array.from({ length: rounds / set }, (_, index) => index * set);
  const played: Round[] = [];
  const lane = async (): Promise<void> => {
    for (let first = waiting.shift(); first !== undefined; first = waiting.shift()) {
      played.push(...(await playSet(folder, fake, first)));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return played;
}

test("killed at seeded points while it sends, and restarted, 50 times over: each reader gets the issue exactly once", {
  timeout: 300_000,
}, async () => {
  const fake = await startFakeResend({ apiKey: "re_crash", domains: ["courier.tld"], bodies: false });
  try {
    const played = await playAll(temporary(), fake);
    const { perRecipient, mails } = await fake.ledger();
    const owed = played.flatMap(({ name }) => Array.from({ length: readers }, (_, n) => `${name}-${n + 1}@post.tld`));
    expect(perRecipient).toEqual(Object.fromEntries(owed.map((recipient) => [recipient, 1])));
    const ids = new Map(mails.map((mail) => [mail.recipient, mail.id]));
    for (const round of played) agree(round, ids);
    const kills = played.flatMap((round) => round.kills);
    expect(played.filter((round) => round.kills.length > 0)).toHaveLength(rounds);
    expect([...new Set(kills)].sort()).toEqual([...points].sort());
  } finally {
    await fake.stop();
  }
});

/** The tables of a round say the same as the provider's ledger. */
function agree({ folder, name }: Round, ids: ReadonlyMap<string, string>): void {
  look(folder, (connection) => {
    assertLedger(connection, new Map([[1, readers]]));
    assertHoused(connection);
    expect(connection.prepare<[], IssueRow>("select * from issues").get(), name).toMatchObject({ status: "sent" });
    const batches = connection.prepare<[], BatchRow>("select * from batches").all();
    expect(batches.map((batch) => batch.state)).toEqual(batches.map(() => "accepted"));
    const receipt = batches.flatMap((batch) => JSON.parse(batch.receipt ?? "[]") as [number, string][]);
    expect(receipt).toHaveLength(readers);
    for (const [reader, id] of receipt) expect(id).toBe(ids.get(`${name}-${reader}@post.tld`));
  });
}

test("killed while it mails confirmations: each of 90 people gets one, and exactly one", {
  timeout: 120_000,
}, async () => {
  const people = Array.from({ length: 90 }, (_, n) => `new${n}@post.tld`);
  const fake = await startFakeResend({ apiKey: "re_crash", domains: ["courier.tld"], bodies: false });
  try {
    const folder = temporary();
    const round: Round = { folder: join(folder, "round"), name: "notices", kills: [] };
    await install(round.folder, fake.url, async (ctx) => {
      for (const email of people) await subscribe(ctx, { email, newsletters: ["tide"], wording: "Yes, please." });
    });
    const base = { folders: [round.folder], url: fake.url, workers: 2, members: 10, delay: 1 };
    for (const [start, point] of points.filter((one) => one !== "planned").entries()) {
      const orders = { ...base, point, nth: 1 + (start % 2), clock: Date.now() + start * later };
      expect(await run(orders, join(folder, "cache"))).toBe(true);
    }
    expect(await run({ ...base, point: "", nth: 0, clock: Date.now() + 9 * later }, join(folder, "cache"))).toBe(false);
    expect((await fake.ledger()).perRecipient).toEqual(Object.fromEntries(people.map((person) => [person, 1])));
    look(round.folder, (connection) => {
      const unpaid =
        "select n.id from notices n join batches b on b.id = n.batch where b.state <> 'accepted' or n.state is not null";
      expect(connection.prepare(unpaid).all()).toEqual([]);
      const kept = connection.prepare<[], { n: number }>("select sum(json_array_length(receipt)) n from batches").get();
      expect(kept?.n).toBe(people.length);
    });
  } finally {
    await fake.stop();
  }
});
