import type Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openFile } from "../../src/node/engine.ts";
import type { Running } from "../../src/node/serve.ts";
import { assertLedger } from "../delivery/invariants.ts";
import { seedReaders } from "../delivery/ledger.ts";
import { webhookSecret, webhookSettings } from "../dispatch/reported.ts";
import type { FakeResend } from "../fakes/resend/control.ts";
import { startFakeResend } from "../fakes/resend/start.ts";
import { hour, openWorld, type World } from "../world.ts";
import { serveWorld } from "./served.ts";

// The whole way: a server of ours, a Resend that takes its mails and reports on them, both by real HTTP.
let fake: FakeResend;
let world: World;
let running: Running;
let connection: Database.Database;
beforeAll(async () => {
  fake = await startFakeResend({ apiKey: "re_post", domains: ["harbourcourier.example"] });
  const settings = { ...webhookSettings, RESEND_BASE_URL: fake.url };
  world = await openWorld({ now: Date.now(), environment: settings });
  running = await serveWorld(world, settings);
  connection = openFile(world.config.database);
  await world.newsletter("tide");
  seedReaders(connection, 1, 30, Date.now() - hour);
  await world.send("tide", "one");
  await until(async () => (await fake.counts()).mails, 30);
  fake.webhooks.aim({ url: `${running.url}/webhooks/resend`, secret: webhookSecret, clock: Date.now });
}, 30_000);
afterAll(async () => {
  await running.stop();
  connection.close();
  world.close();
  await fake.stop();
});

function counts(): Record<string, number> {
  const rows = connection.prepare<[], { name: string; n: number }>("select name, n from counters").all();
  return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
}

/** Waits for what the server does by its own clock. */
async function until(read: () => unknown, wanted: unknown): Promise<void> {
  await vi.waitFor(async () => expect(await read()).toBe(wanted), { timeout: 25_000, interval: 20 });
}

function applied(): Promise<void> {
  const waiting = connection.prepare("select count(*) from webhooks where applied_at is null").pluck();
  return until(() => waiting.get(), 0);
}

test("forged reports are refused, every one of them", async () => {
  for (const forged of ["secret", "body", "id", "old", "early", "version", "unsigned"] as const) {
    const statuses = await fake.webhooks.send({ kinds: ["complained"], to: ["reader1@post.tld"], forged });
    expect(statuses, forged).toEqual([400]);
  }
  expect(connection.prepare("select count(*) from webhooks").pluck().get()).toBe(0);
});

test("reports of a whole issue, shuffled, twice and eight at a time, count once each", async () => {
  const bounced = ["reader4@post.tld", "reader9@post.tld"];
  const unhappy = ["reader9@post.tld"];
  const wave = { times: 2, parallel: 8 };
  const statuses = [
    ...(await fake.webhooks.send({ kinds: ["sent", "delivered", "opened"], shuffle: 7, ...wave })),
    ...(await fake.webhooks.send({ kinds: ["complained"], to: unhappy, ...wave })),
    ...(await fake.webhooks.send({ kinds: ["bounced"], to: bounced, shuffle: 8, ...wave })),
  ];
  expect(statuses).toHaveLength(2 * (90 + 1 + 2));
  expect(new Set(statuses)).toEqual(new Set([200]));
  await applied();
  expect(counts()).toEqual({ delivered: 30, bounced: 2, complained: 1 });
  const rows = connection.prepare("select email_key, reason from suppressions order by email_key").raw().all();
  expect(rows).toEqual([
    ["reader4@post.tld", "hard-bounce"],
    ["reader9@post.tld", "complaint"],
  ]);
  assertLedger(connection, new Map([[1, 30]]));
});

test("the next issue leaves out who bounced or complained", async () => {
  await world.send("tide", "two");
  await until(async () => (await fake.counts()).mails, 58);
  const { perRecipient } = await fake.ledger();
  expect([
    perRecipient["reader4@post.tld"],
    perRecipient["reader9@post.tld"],
    perRecipient["reader1@post.tld"],
  ]).toEqual([1, 1, 2]);
});
