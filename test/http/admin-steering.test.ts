import { expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { type Desk, issueFile, openDesk } from "./desk.ts";

const path = "/api/issues/morning/one";

async function sending(): Promise<Desk> {
  const desk = await openDesk();
  await desk.world.newsletter("morning");
  await desk.world.join("ada@example.org", "morning");
  await desk.world.join("bram@example.org", "morning");
  await desk.call("PUT", "/api/issues", { source: issueFile("morning", "one") });
  await desk.call("POST", `${path}/send`, { expect: 2, asOf: desk.world.clock.now });
  while (await planSlice(desk.world.ctx));
  return desk;
}

test("an issue is paused, resumed and paid to its end", async () => {
  await using desk = await sending();
  const paused = await desk.call("POST", `${path}/pause`);
  expect([paused.status, paused.body]).toMatchObject([200, { paused: true, held: 0, issue: { status: "paused" } }]);
  expect(paused.body.issue).not.toHaveProperty("source");
  await desk.world.drain();
  expect((await desk.call("GET", path)).body.sums.open).toBe(2);
  const resumed = await desk.call("POST", `${path}/resume`);
  expect([resumed.status, resumed.body]).toMatchObject([202, { resumed: true, issue: { status: "sending" } }]);
  await desk.world.drain();
  const { issue, reports, held } = (await desk.call("GET", path)).body;
  expect([issue.status, reports.delivered, held]).toEqual(["sent", 0, null]);
  expect((await desk.call("POST", `${path}/pause`)).body.error.code).toBe("refused");
});

test("an issue is cancelled, and a repeat says that it was", async () => {
  await using desk = await sending();
  const first = await desk.call("POST", `${path}/cancel`);
  expect([first.status, first.body]).toMatchObject([200, { cancelled: true, held: 0, issue: { status: "cancelled" } }]);
  expect((await desk.call("POST", `${path}/cancel`)).body.cancelled).toBe(false);
  expect((await desk.call("POST", `${path}/resume`)).status).toBe(409);
});

test("failed mails are owed again", async () => {
  await using desk = await sending();
  desk.world.fault = () => ({ result: "rejected", reason: "no such mailbox" });
  await desk.world.drain();
  desk.world.fault = () => null;
  expect((await desk.call("GET", path)).body.sums.failed).toBe(2);
  const retried = await desk.call("POST", `${path}/retry`);
  expect([retried.status, retried.body]).toMatchObject([202, { retried: 2, issue: { status: "sending" } }]);
  await desk.world.drain();
  expect((await desk.call("GET", path)).body.sums).toMatchObject({ accepted: 2, failed: 0 });
  expect((await desk.call("POST", `${path}/retry`)).body.retried).toBe(0);
});

test("what is in doubt is shown page by page, and decided by number", async () => {
  await using desk = await sending();
  desk.world.fault = () => ({ result: "conflict", reason: "other mails" });
  await desk.world.drain();
  const first = (await desk.call("GET", `${path}/doubt?limit=1`)).body;
  expect(first).toMatchObject({ inDoubt: 2, reasons: [{ reason: "other mails", n: 2 }] });
  expect(first.readers).toMatchObject([{ address: "ada@example.org", reason: "other mails" }]);
  const second = (await desk.call("GET", `${path}/doubt?limit=2&after=${first.next}`)).body;
  expect([second.readers[0].address, second.next]).toEqual(["bram@example.org", null]);
  expect((await desk.call("POST", `${path}/resolve`, { as: "sent", expect: 1 })).status).toBe(409);
  expect((await desk.call("POST", `${path}/resolve`, { as: "gone", expect: 2 })).status).toBe(422);
  const decided = await desk.call("POST", `${path}/resolve`, { as: "sent", expect: 2, by: "dana" });
  expect([decided.status, decided.body]).toMatchObject([202, { resolved: 2, issue: { status: "sent" } }]);
});

test("an issue is recounted, and one reader's mail is told", async () => {
  await using desk = await sending();
  await desk.world.drain();
  expect((await desk.call("GET", `${path}/verify`)).body).toMatchObject({ ok: true, counted: { accepted: 2 } });
  const told = (await desk.call("POST", `${path}/reader`, { address: "ADA@example.org" })).body;
  expect(told).toMatchObject({ address: "ada@example.org", delivery: { state: "accepted", feedback: null } });
  expect((await desk.call("POST", `${path}/reader`, { address: "cleo@example.org" })).status).toBe(404);
});

test("stopping wants the scope to write, going on the scope to send, and looking the scope to read", async () => {
  await using desk = await sending();
  const calls = [
    ["POST", "pause", "write"],
    ["POST", "resume", "send"],
    ["GET", "doubt", "read"],
    ["GET", "verify", "read"],
    ["POST", "cancel", "write"],
  ] as const;
  for (const [method, verb, scope] of calls) {
    const others = (["read", "write", "send"] as const).filter((one) => one !== scope);
    expect((await desk.call(method, `${path}/${verb}`, undefined, await desk.token(...others))).status).toBe(403);
    expect((await desk.call(method, `${path}/${verb}`, undefined, await desk.token(scope))).status).toBeLessThan(300);
  }
});
