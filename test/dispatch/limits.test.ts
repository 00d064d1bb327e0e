import { sql } from "kysely";
import { expect, test } from "vitest";
import { hastenLimited } from "../../src/delivery/defer.ts";
import { proveDelivery } from "../../src/delivery/reconcile.ts";
import { nextTurn, tick, turn } from "../../src/jobs.ts";
import { editNewsletter } from "../../src/newsletter/edit.ts";
import { checkHoused, checkLedger } from "../delivery/invariants.ts";
import { day, hour, minute } from "../world.ts";
import { openTwo, type Two } from "./pacing.ts";
import { newsletter } from "./post.ts";

/** Mails of issues that left in each hour, oldest first. */
function perHour(two: Two, to = /./): number[] {
  const sums = new Map<number, number>();
  for (const { at, lane, to: readers } of two.calls) {
    const start = at - (at % hour);
    const hit = lane === "issue" ? readers.filter((reader) => to.test(reader)).length : 0;
    sums.set(start, (sums.get(start) ?? 0) + hit);
  }
  return [...sums].toSorted(([a], [b]) => a - b).map(([, sum]) => sum);
}

function sentOnce(two: Two): void {
  const counts = new Map<string, number>();
  for (const { to } of two.calls) for (const reader of to) counts.set(reader, (counts.get(reader) ?? 0) + 1);
  expect([...counts.values()].filter((n) => n !== 1)).toEqual([]);
}

test("an hour's limit is met to the mail and never exceeded, by two processes with batches of any size", async () => {
  const two = await openTwo({ readers: 1_000, limits: { members: 70 }, instance: { hourlyLimit: 333 } });
  await two.start();
  await two.run(5 * hour);
  expect(perHour(two)).toEqual([333, 333, 333, 1]);
  sentOnce(two);
  await checkHoused(two.connection);
  expect((await two.status()).issue).toMatchObject({ status: "sent", error: null });
});

test("an issue that waits says why, and until when", async () => {
  const two = await openTwo({ readers: 150, limits: { members: 100 }, instance: { hourlyLimit: 100 } });
  two.advance(10 * minute);
  await two.start();
  await two.run(minute);
  expect((await two.status()).issue).toMatchObject({
    status: "sending",
    error: "the limit of 100 mails an hour is reached",
  });
  expect(await nextTurn(two.ctx)).toBe(two.clock.now - (two.clock.now % hour) + hour);
  await two.run(hour);
  expect((await two.status()).issue).toMatchObject({ status: "sent", error: null });
});

test("all newsletters share the limit of the instance, and each has its own", async () => {
  const two = await openTwo({ readers: 200, limits: { members: 30 }, instance: { hourlyLimit: 150 } });
  await two.newsletter("ebb", { hourlyLimit: 40 });
  await two.connection.exec(
    `insert into subscriptions (newsletter, subscriber, status, generation, since)
       select 2, subscriber, status, 1, since from subscriptions;
     insert into consents (newsletter, subscriber, generation, event, at, method)
       select 2, subscriber, 1, event, at, method from consents;`,
  );
  await two.start("one");
  await two.send("ebb", "two");
  const ebb = await two.ctx.store.db
    .selectFrom("issues")
    .select("id")
    .where("slug", "=", "two")
    .executeTakeFirstOrThrow();
  const left = async (issue?: number) => {
    const row = await two.connection
      .prepare<[], { n: number }>(
        `select coalesce(sum(size), 0) n from batches where state = 'accepted' ${issue === undefined ? "" : `and issue = ${issue}`}`,
      )
      .get();
    return row?.n ?? 0;
  };
  let before = { all: 0, ebb: 0 };
  for (let hours = 0; hours < 6; hours += 1) {
    await two.run(hour - 1);
    const now = { all: await left(), ebb: await left(ebb.id) };
    expect(now.all - before.all).toBeLessThanOrEqual(150);
    expect(now.ebb - before.ebb).toBeLessThanOrEqual(40);
    if (hours === 0) expect(now.all).toBe(150);
    before = now;
    await two.run(1);
  }
  await two.run(hour);
  expect(await left()).toBe(400);
});

test("notices are never limited", async () => {
  const two = await openTwo({ readers: 10, instance: { hourlyLimit: 1 } });
  await two.start();
  for (let n = 0; n < 5; n += 1) await two.signUp(`new${n}@post.tld`, newsletter);
  await two.run(1);
  expect(two.calls.filter(({ lane }) => lane === "notices")).toHaveLength(5);
  expect(perHour(two)).toEqual([1]);
});

test("what is taken back from the provider before it left counts for nothing", async () => {
  const two = await openTwo({ readers: 20, instance: { hourlyLimit: 10 } });
  let failures = 3;
  const accepted: string[] = [];
  two.answer = ({ to }) => {
    if (failures-- > 0) return { result: "retry", reason: "busy" };
    accepted.push(...to);
    return null;
  };
  await two.start();
  await two.run(50 * minute);
  expect(accepted).toHaveLength(10);
});

test("what may have left counts: a mail in doubt, and one whose answer is awaited", async () => {
  const two = await openTwo({ readers: 20, instance: { hourlyLimit: 10 } });
  let asked = 0;
  two.answer = () => {
    asked += 1;
    if (asked === 1) return { result: "conflict", reason: "other bytes" };
    return asked === 2 ? { result: "unsure", reason: "no answer", after: 30 * minute } : null;
  };
  await two.start();
  await two.run(20 * minute);
  expect(two.calls).toHaveLength(10);
  await two.run(30 * minute);
  expect(two.calls).toHaveLength(11);
  expect((await two.status()).sums).toMatchObject({ planned: 20, accepted: 9, inDoubt: 1, open: 10 });
});

test("a call without an answer counts on once a report proves that it was accepted", async () => {
  const two = await openTwo({
    readers: 30,
    instance: { hourlyLimit: 10, warmUp: 900, domainLimits: { "post.tld": 500 } },
  });
  await two.newsletter("ebb");
  await editNewsletter(two.ctx, { slug: newsletter, changes: { hourlyLimit: 20, warmUp: 800 } });
  two.answer = () => ({ result: "unsure", reason: "no answer", after: 50 * minute });
  await two.start();
  await two.run(1);
  const { now } = two.clock;
  const asked = two.calls.map(({ to }) => Number(/\d+/.exec(to[0] ?? "")?.[0]));
  const proof = { madeAt: now, now: now + 1, wholeMark: "", when: sql<boolean>`true` };
  for (const subscriber of asked) await two.ctx.store.commit(...proveDelivery({ issue: 1, subscriber }, proof));
  const n = asked.length;
  expect((await two.status()).sums).toMatchObject({ planned: 30, accepted: n, open: 30 - n });
  expect(await two.connection.prepare("select key, span, mails from meters order by key, span").all()).toEqual([
    { key: "all", span: "day", mails: n },
    { key: "all", span: "hour", mails: n },
    { key: "domain:post.tld", span: "hour", mails: n },
    { key: "newsletter:1", span: "day", mails: n },
    { key: "newsletter:1", span: "hour", mails: n },
  ]);
  two.answer = () => null;
  await two.run(40 * minute);
  expect(two.calls).toHaveLength(10);
});

test("a limit that changes counts from the next claim, and whoever waited for it tries again", async () => {
  const two = await openTwo({ readers: 100, limits: { members: 20 }, instance: { hourlyLimit: 10 } });
  await two.start();
  await two.run(minute);
  expect(perHour(two)).toEqual([10]);
  await two.instance({ hourlyLimit: 35 });
  await hastenLimited(two.ctx);
  await two.run(minute);
  expect(perHour(two)).toEqual([35]);
  await two.instance({ hourlyLimit: null });
  await hastenLimited(two.ctx);
  await two.run(minute);
  expect(perHour(two)).toEqual([100]);
  sentOnce(two);
});

test("a warm-up lets twice as many leave each day of the clock", async () => {
  const two = await openTwo({ readers: 400, limits: { members: 60 }, instance: { warmUp: 50 } });
  await two.start();
  const left: number[] = [];
  for (let days = 0; days < 4; days += 1) {
    await two.run(16 * hour - 1);
    left.push(two.calls.reduce((sum, { to }) => sum + to.length, 0));
    if (days === 0) {
      expect((await two.status()).issue.error).toBe("the limit of 50 mails on day 1 of the warm-up is reached");
      expect(await nextTurn(two.ctx)).toBe(Date.UTC(2026, 10, 23));
    }
    await two.run(8 * hour + 1);
  }
  expect(left).toEqual([50, 150, 350, 400]);
  sentOnce(two);
  expect((await two.status()).issue.status).toBe("sent");
});

test("a warm-up is over beyond a million a day", async () => {
  const two = await openTwo({ readers: 30, instance: { warmUp: 1 } });
  two.advance(19 * day);
  await two.start();
  await two.run(1);
  expect(two.calls).toHaveLength(1 + 29);
  await two.connection.exec("delete from meters");
  await editNewsletter(two.ctx, { slug: newsletter, changes: { warmUp: 2 } });
  await two.start("two");
  await two.run(1);
  expect(two.calls).toHaveLength(30 + 2);
});

test("the same number set again does not begin a warm-up anew", async () => {
  const two = await openTwo({ instance: { warmUp: 50 } });
  const since = async () => await two.connection.prepare("select warmup_since from instance").pluck().get();
  const first = await since();
  two.advance(2 * day);
  await two.instance({ warmUp: 50 });
  expect(await since()).toBe(first);
  await two.instance({ warmUp: 60 });
  expect(await since()).toBe(two.clock.now);
  await two.instance({ warmUp: null });
  expect(await since()).toBeNull();
});

test("a domain's limit keeps back its readers alone, out of batches that are mixed", async () => {
  const two = await openTwo({
    readers: 300,
    limits: { members: 50 },
    instance: { domainLimits: { "Gmail.example": 25 } },
  });
  await two.connection.exec("update subscribers set email = 'Reader' || id || '@GMAIL.example' where id % 3 = 0");
  await two.start();
  await two.run(30 * minute);
  expect(perHour(two, /@gmail/i)).toEqual([25]);
  expect(perHour(two)).toEqual([225]);
  expect((await two.status()).issue.error).toBe("the limit of 25 mails an hour to gmail.example is reached");
  await checkHoused(two.connection);
  await two.run(5 * hour);
  expect(perHour(two, /@gmail/i)).toEqual([25, 25, 25, 25]);
  sentOnce(two);
  expect((await two.status()).issue).toMatchObject({ status: "sent", error: null });
});

test("a domain's name may be as long as names are, and its letters large", async () => {
  const long = `${"a-very-long-name".repeat(3)}.${"of-the-coast".repeat(4)}.example`;
  const two = await openTwo({ readers: 10, limits: { members: 4 }, instance: { domainLimits: { [long]: 2 } } });
  await two.connection.exec(`update subscribers set email = 'Reader' || id || '@${long.toUpperCase()}' where id <= 5`);
  await two.start();
  await two.run(minute);
  expect(perHour(two)).toEqual([7]);
  await two.run(2 * hour);
  expect(perHour(two)).toEqual([7, 2, 1]);
});

test("readers whom a domain's limit keeps back share their calls later", async () => {
  const two = await openTwo({
    readers: 400,
    limits: { members: 100 },
    instance: { domainLimits: { "a.example": 80, "b.example": 1 } },
  });
  await two.connection.exec("update subscribers set email = 'reader' || id || '@a.example' where id % 5 = 0");
  await two.connection.exec("update subscribers set email = 'reader' || id || '@b.example' where id in (7, 107, 207)");
  await two.start();
  await two.instance({ domainLimits: { "a.example": 10 } });
  await two.run(minute);
  expect(perHour(two, /@a\./)).toEqual([10]);
  await two.instance({ domainLimits: { "a.example": null } });
  two.calls.length = 0;
  await two.run(hour);
  const toA = two.calls.filter(({ to }) => to.some((reader) => reader.includes("@a.")));
  expect(toA.map(({ to }) => to.length).reduce((sum, n) => sum + n, 0)).toBe(70);
  expect(toA.length).toBeLessThanOrEqual(2);
});

test("limits of an hour, of a day and of domains hold together, whatever the order", async () => {
  const two = await openTwo({
    readers: 600,
    limits: { members: 45 },
    instance: { hourlyLimit: 130, warmUp: 300, domainLimits: { "a.example": 20, "b.example": 35 } },
  });
  await two.connection.exec("update subscribers set email = 'reader' || id || '@a.example' where id % 4 = 0");
  await two.connection.exec("update subscribers set email = 'reader' || id || '@b.example' where id % 4 = 1");
  await two.start();
  await two.run(16 * hour - 1);
  expect(two.calls.reduce((sum, { to }) => sum + to.length, 0)).toBe(300);
  await two.run(2 * day);
  for (const [to, most] of [
    [/./, 130],
    [/@a\./, 20],
    [/@b\./, 35],
  ] as const) {
    expect(Math.max(...perHour(two, to))).toBeLessThanOrEqual(most);
  }
  sentOnce(two);
  expect((await two.status()).sums).toMatchObject({ planned: 600, accepted: 600 });
});

test("readers who left while a limit kept them back are not mailed", async () => {
  const two = await openTwo({ readers: 10, limits: { members: 4 }, instance: { hourlyLimit: 6 } });
  await two.start();
  await two.run(1);
  const got = two.calls.flatMap(({ to }) => to);
  const kept = Array.from({ length: 10 }, (_, at) => at + 1).find(
    (reader) => !got.includes(`reader${reader}@post.tld`),
  );
  await two.post(`/u/${two.ctx.signer.sign("leave", [1, kept ?? 0])}`);
  await two.run(hour);
  expect((await two.status()).sums).toMatchObject({ planned: 10, accepted: 9, skipped: 1 });
});

test("without a limit nothing is metered", async () => {
  const two = await openTwo({ readers: 10 });
  await two.start();
  await two.run(1);
  expect(await two.connection.prepare("select count(*) n from meters").get()).toEqual({ n: 0 });
});

test("windows that are over are forgotten", async () => {
  const two = await openTwo({ readers: 10, instance: { hourlyLimit: 5 } });
  await two.start();
  await two.run(2 * hour);
  const windows = two.connection.prepare("select count(*) n from meters");
  expect(await windows.get()).toEqual({ n: 2 });
  await tick(two.ctx);
  expect(await windows.get()).toEqual({ n: 2 });
  two.advance(2 * day);
  await tick(two.ctx);
  expect(await windows.get()).toEqual({ n: 0 });
});

test("the sums hold after every turn under limits", async () => {
  const two = await openTwo({
    readers: 120,
    limits: { members: 25 },
    instance: { hourlyLimit: 40, domainLimits: { "a.example": 7 } },
  });
  await two.connection.exec("update subscribers set email = 'reader' || id || '@a.example' where id % 2 = 0");
  await two.start();
  for (let turns = 0; turns < 400; turns += 1) {
    const did = await turn(two.each[turns % 2] ?? two.ctx);
    await checkLedger(two.connection);
    const due = did ? two.clock.now : await nextTurn(two.ctx);
    if (due === null) break;
    two.clock.now = Math.max(two.clock.now, due);
  }
  expect((await two.status()).issue.status).toBe("sent");
});
