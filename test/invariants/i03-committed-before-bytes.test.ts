import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openFile } from "../../src/node/engine.ts";
import { createFileKeep } from "../../src/node/keep.ts";
import type { Parcel, Provider } from "../../src/provider/contract.ts";
import { createOutbox } from "../../src/provider/outbox.ts";
import { createResend } from "../../src/provider/resend/send.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { faults } from "../fakes/resend/faults.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { minute, openWorld, type World } from "../world.ts";

// I3: one delivery per reader and issue, and frozen bytes, key and members are committed before the first network byte.

interface Seen {
  readonly lane: number;
  readonly state: string;
  readonly hash: string;
  readonly members: number;
  readonly owed: number;
  readonly key: string;
  /** Of the parcel, as it is about to leave. */
  readonly digest: string;
  /** SHA-256 of its chunks. */
  readonly bytes: string;
  readonly expectedKey: string;
}

let world: World;
let fake: FakeResend;
let seen: Seen[];
beforeAll(async () => {
  fake = await startFakeResend({ allowReserved: true });
});
afterAll(() => fake.stop());
beforeEach(async () => {
  seen = [];
  await fake.reset();
  world = await openWorld({ provider: watching(() => world) });
  await world.newsletter("tides");
  for (const name of ["ada", "bea", "cyd"]) await world.join(`${name}@reader.example`, "tides");
});
afterEach(() => world.close());

/**
 * The outbox for notices and Resend for issues, but each call first looks at the database as another process would, since it
 * could be the last it does.
 */
function watching(of: () => World): Provider {
  const outbox = () => createOutbox(createFileKeep(of().config.outbox, () => of().clock.now));
  const resend = () =>
    createResend({ apiKey: "re_1", baseUrl: fake.url, userAgent: "tidings-test/1", timeout: 20_000 });
  const watch = (parcel: Parcel): Parcel => ({
    ...parcel,
    send: async (key) => {
      seen.push(lookUp(of(), key, parcel, await parcel.digest()));
      return parcel.send(key);
    },
  });
  return {
    name: "resend",
    knowsKeys: true,
    limits: { members: 2, bytes: 1_000_000 },
    notices: (messages) => watch(outbox().notices(messages)),
    issue: (mail) => {
      const fill = resend().issue(mail);
      return (recipients) => watch(fill(recipients));
    },
  };
}

function lookUp(from: World, key: string, parcel: Parcel, digest: string): Seen {
  const connection = openFile(from.config.database);
  const [uid = "", lane = "", tail = ""] = key.split("/");
  const [batch, attempt] = tail.split("-");
  const row = connection
    .prepare<[string], Record<string, string>>(
      `select *, (select uid from instance) uid,
        (select count(*) from notices n where n.batch = b.id and n.state is null) + (select count(*) from deliveries d
          where d.issue = b.issue and d.subscriber between b.first and b.last and d.state is null) owed
       from batches b where id = ?`,
    )
    .get(batch ?? "");
  connection.close();
  const hash = createHash("sha256");
  for (const chunk of parcel.chunks) hash.update(chunk);
  return {
    lane: Number(row?.lane),
    state: row?.state ?? "",
    hash: row?.payload_hash ?? "",
    members: (JSON.parse(row?.members ?? "[]") as unknown[]).length,
    owed: Number(row?.owed),
    key: `${uid}/${lane}/${batch}-${attempt}`,
    digest,
    bytes: hash.digest("hex"),
    expectedKey: `${row?.uid}/${row?.issue ?? "n"}/${row?.id}-${row?.attempt}`,
  };
}

async function expectCommitted(): Promise<void> {
  const arrived = new Map<string, Set<string>>();
  for (const { headers, body } of await fake.requests()) {
    const key = headers["idempotency-key"] ?? "";
    const bytes = createHash("sha256")
      .update(body ?? "")
      .digest("hex");
    arrived.set(key, (arrived.get(key) ?? new Set()).add(bytes));
  }
  for (const one of seen) {
    expect(one.state).toBe("claimed");
    expect(one.hash).toBe(one.digest);
    expect(one.key).toBe(one.expectedKey);
    expect(one.members).toBe(one.owed);
    expect(one.members).toBeGreaterThan(0);
    if (one.lane === 0) expect(one.digest).toBe(one.bytes);
    else expect(arrived.get(one.key)).toEqual(new Set([one.bytes]));
  }
}

test("hash, key and members are committed when the first byte of notices or of an issue leaves (I3)", async () => {
  await world.send("tides", "one");
  await world.drain();
  await expectCommitted();
  expect(seen.map((one) => one.lane)).toEqual(expect.arrayContaining([0, 1]));
  expect(seen.filter((one) => one.lane === 1).map((one) => one.members)).toEqual([2, 1]);
});

test("a call without an answer is repeated with the same key and the same bytes (I3, REL-06)", async () => {
  seen.length = 0;
  // Neither answer says whether the mails were accepted: those of the second call were.
  await fake.fault(faults.html502, faults.accepted502);
  await world.send("tides", "one");
  for (let minutes = 0; minutes < 20; minutes += 1) {
    await world.drain();
    world.advance(minute);
  }
  await expectCommitted();
  const calls = seen.map((one) => `${one.key} ${one.bytes}`);
  expect(calls).toHaveLength(4);
  expect(new Set(calls).size).toBe(2);
  expect(new Set(seen.map((one) => one.hash)).size).toBe(2);
  expect(Object.values((await fake.ledger()).perRecipient)).toEqual([1, 1, 1]);
});

test("one delivery exists per reader and issue, and a second one cannot (I3, REL-03)", async () => {
  await world.send("tides", "one");
  await world.drain();
  const connection = openFile(world.config.database);
  const owed = connection.prepare("select subscriber, count(*) n from deliveries group by issue, subscriber").all();
  expect(owed).toEqual([1, 2, 3].map((subscriber) => ({ subscriber, n: 1 })));
  expect(() => connection.exec("insert into deliveries (issue, subscriber) values (1, 1)")).toThrow(/unique/i);
  connection.close();
});
