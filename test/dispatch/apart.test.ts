import { expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { turn } from "../../src/jobs.ts";
import type { MemberOutcome } from "../../src/provider/contract.ts";
import { checkLedger } from "../delivery/invariants.ts";
import { hour } from "../world.ts";
import { openKeyless } from "./keyless.ts";
import { address, openOffice } from "./post.ts";

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => address(from + at));

test("members that fare differently each get their own state, and who was put off leaves later", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 6 });
  const answers: Record<string, MemberOutcome> = {
    [address(2)]: { result: "rejected", reason: "550 5.1.1 no such user" },
    [address(3)]: { result: "later", reason: "451 4.7.1 come back", after: 60_000 },
    [address(4)]: { result: "unsure", reason: "closed behind the final dot" },
  };
  out.answer = (to) => answers[to] ?? { result: "accepted", id: "250 taken" };
  await office.start();
  await office.drain();
  await checkLedger(office.connection);
  const { sums, reasons } = await office.status();
  expect(sums).toEqual({ planned: 6, open: 1, accepted: 3, failed: 1, skipped: 0, inDoubt: 1 });
  expect(reasons).toContainEqual({ state: "failed", reason: "550 5.1.1 no such user", n: 1 });
  expect(reasons).toContainEqual({ state: "in_doubt", reason: "closed behind the final dot", n: 1 });
  const [first, moved] = await office.batches();
  expect(JSON.parse(first?.receipt ?? "")).toEqual([1, 5, 6].map((id) => [id, "250 taken"]));
  expect(moved).toMatchObject({ first: null, size: 1, state: "planned", tries: 1, error: "451 4.7.1 come back" });
  expect(moved?.due_at).toBeGreaterThanOrEqual(office.clock.now + 60_000);

  delete answers[address(3)];
  await office.finish();
  expect((await office.status()).sums).toMatchObject({ open: 0, accepted: 4, failed: 1, inDoubt: 1 });
  expect(out.taken).toEqual([1, 4, 5, 6, 3].map(address));
  expect((await office.status()).issue.status).toBe("incomplete");
  expect(await office.connection.prepare("select * from journals").all()).toEqual([]);
});

test("who leaves while being put off is not mailed any more", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 2 });
  out.answer = (to) =>
    to === address(2) ? { result: "later", reason: "451 greylisted" } : { result: "accepted", id: "250" };
  await office.start();
  await office.drain();
  await office.connection.prepare("update subscriptions set status = 'unsubscribed' where subscriber = 2").run();
  out.answer = () => ({ result: "accepted", id: "250" });
  await office.finish();
  expect(out.taken).toEqual([address(1)]);
  expect((await office.status()).sums).toMatchObject({ accepted: 1, skipped: 1, open: 0 });
});

test("who is put off for two days fails, with the reason", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 2 });
  out.answer = (to) =>
    to === address(2) ? { result: "later", reason: "451 greylisted" } : { result: "accepted", id: "250" };
  await office.start();
  const began = office.clock.now;
  await office.finish();
  expect(office.clock.now - began).toBeGreaterThan(48 * hour);
  expect(office.clock.now - began).toBeLessThan(49 * hour);
  const { sums, reasons, issue } = await office.status();
  expect(sums).toMatchObject({ accepted: 1, failed: 1, open: 0 });
  expect(reasons[0]?.reason).toBe("put off for more than 48 hours: 451 greylisted");
  expect(issue.status).toBe("sent");
});

test("a call that breaks off leaves what was accepted accepted, and the rest for another batch", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 5 });
  out.answer = (to) =>
    to === address(3) ? { result: "retry", reason: "421 closing" } : { result: "accepted", id: "250" };
  await office.start();
  await office.turn();
  await office.turn();
  const [first, moved] = await office.batches();
  expect([first?.state, first?.size, moved?.state, moved?.size]).toEqual(["accepted", 2, "planned", 3]);
  out.answer = () => ({ result: "accepted", id: "250" });
  await office.finish();
  expect(out.taken).toEqual(numbered(1, 5));
  expect((await office.status()).issue.status).toBe("sent");
});

test("a configuration fault in the middle of a batch stops the issue; the same command goes on with the rest", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 4 });
  out.answer = (to) =>
    to === address(3) ? { result: "halt", reason: "550 5.7.1 sender refused" } : { result: "accepted", id: "250" };
  await office.start();
  await office.drain();
  const { issue, sums } = await office.status();
  expect([issue.status, issue.error, sums.accepted, sums.open]).toEqual(["paused", "550 5.7.1 sender refused", 2, 2]);
  out.answer = () => ({ result: "accepted", id: "250" });
  office.clock.now += hour;
  await office.ctx.store.db.updateTable("issues").set({ status: "sending" }).execute();
  await office.finish();
  expect(out.taken).toEqual(numbered(1, 4));
});

test("a stopped holder's batch is taken up by its journal: accepted, one in doubt, the rest afresh; waking up it sends nothing", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 5 });
  const wake = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  out.answer = async (to) => {
    if (to === address(3)) {
      reached.resolve();
      await wake.promise;
    }
    return { result: "accepted", id: "250" };
  };
  await office.start();
  const stopped = turn(office.ctx);
  await reached.promise;
  expect(await office.connection.prepare("select letters from journals").pluck().all()).toEqual(["aao.."]);
  office.advance(61_000);
  out.answer = () => ({ result: "accepted", id: "250 second" });
  await office.finish();
  await checkLedger(office.connection);
  expect((await office.status()).sums).toMatchObject({ planned: 5, accepted: 4, inDoubt: 1, open: 0 });
  expect(out.taken).toEqual([1, 2, 4, 5].map(address));
  wake.resolve();
  await stopped;
  // The mail that was on its way had left; nothing behind it did.
  expect(out.taken).toEqual([1, 2, 4, 5, 3].map(address));
  await checkLedger(office.connection);
  expect((await office.status()).sums).toMatchObject({ planned: 5, accepted: 4, inDoubt: 1, open: 0 });
});

test("a batch that was frozen for a provider with keys is not repeated through one without", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 3 });
  await office.start();
  await planSlice(office.ctx);
  await office.connection
    .prepare(
      `update batches set state = 'claimed', fence = 1, payload_hash = 'h', key_id = 1, frozen_at = 1, first_sent_at = ?,
       members = '[[1,"reader1@post.tld",""],[2,"reader2@post.tld",""],[3,"reader3@post.tld",""]]'`,
    )
    .run(office.clock.now);
  await office.finish();
  expect(out.taken).toEqual([]);
  const { sums, reasons, issue } = await office.status();
  expect([sums.inDoubt, issue.status]).toEqual([3, "incomplete"]);
  expect(reasons[0]?.reason).toMatch(/present way out would not recognise a repeat/);
});

test("notices that fare differently are settled apart as well", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider });
  for (const name of ["ann", "ben", "cat", "dan"]) await office.signUp(`${name}@post.tld`, "tide");
  const answers: Record<string, MemberOutcome> = {
    "ben@post.tld": { result: "rejected", reason: "550 no such user" },
    "cat@post.tld": { result: "later", reason: "451 greylisted" },
    "dan@post.tld": { result: "unsure", reason: "closed behind the final dot" },
  };
  out.answer = (to) => answers[to] ?? { result: "accepted", id: "250" };
  await office.drain();
  const states = office.connection.prepare(
    `select s.email, coalesce(n.state, b.state) state from notices n join batches b on b.id = n.batch
     join subscribers s on s.id = n.subscriber order by s.email`,
  );
  expect(await states.all()).toEqual([
    { email: "ann@post.tld", state: "accepted" },
    { email: "ben@post.tld", state: "failed" },
    { email: "cat@post.tld", state: "planned" },
    { email: "dan@post.tld", state: "in_doubt" },
  ]);
  delete answers["cat@post.tld"];
  await office.finish();
  expect(out.taken).toEqual(["ann@post.tld", "dan@post.tld", "cat@post.tld"]);
});

test("a reader whose mailbox does not exist is suppressed in the same commit; one whose mailbox is full is not", async () => {
  const out = openKeyless();
  const office = await openOffice({ provider: out.provider, readers: 3 });
  const answers: Record<string, MemberOutcome> = {
    [address(1)]: { result: "rejected", reason: "SMTP 550 5.1.1 after RCPT: no such user" },
    [address(2)]: { result: "rejected", reason: "SMTP 552 5.2.2 after RCPT: mailbox full" },
  };
  out.answer = (to) => answers[to] ?? { result: "accepted", id: "250" };
  await office.start();
  await office.drain();
  const suppressed = office.connection.prepare("select email_key, newsletter, reason, until from suppressions");
  expect(await suppressed.all()).toEqual([
    { email_key: address(1), newsletter: 0, reason: "hard-bounce", until: null },
  ]);
  await office.signUp("gone@post.tld", "tide");
  out.answer = () => ({ result: "rejected", reason: "SMTP 550 5.1.1 after RCPT: no such user" });
  await office.drain();
  expect(await suppressed.all()).toHaveLength(2);
});

test("a server that takes some mails of each connection and hangs up does not open the breaker", async () => {
  const out = openKeyless(4);
  const office = await openOffice({ provider: out.provider, readers: 40 });
  let asked = 0;
  out.answer = () => {
    asked += 1;
    return asked % 3 === 0 ? { result: "retry", reason: "421 too many mails" } : { result: "accepted", id: "250" };
  };
  await office.start();
  const began = office.clock.now;
  await office.finish();
  expect(out.taken).toHaveLength(40);
  expect(await office.connection.prepare("select max(failures), max(shut_until) from outlets").raw().get()).toEqual([
    0, 0,
  ]);
  expect(office.clock.now - began).toBeLessThan(hour);
});
