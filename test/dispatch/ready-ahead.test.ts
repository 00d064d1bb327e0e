import { expect, test } from "vitest";
import { createGate, type ProcessGate } from "../../src/dispatch/gate.ts";
import { turn } from "../../src/jobs.ts";
import { type Office, openOffice } from "./post.ts";

const readers = 3;
const everyone = ["reader1@post.tld", "reader2@post.tld", "reader3@post.tld"];

/** Begins a turn whose batch is frozen and waits at a gate that lets one call through, and that call is somebody else's. */
async function waitAtGate(office: Office): Promise<{ gate: ProcessGate; turned: Promise<boolean> }> {
  const gate = createGate(1);
  expect(gate.enter(false)).toBe(true);
  const turned = turn({ ...office.ctx, gate });
  while ((await office.batches())[0]?.payload_hash == null) await new Promise((resolve) => setImmediate(resolve));
  return { gate, turned };
}

async function opened(): Promise<Office> {
  const office = await openOffice({ readers });
  await office.start();
  return office;
}

test("a batch that is ready leaves as soon as another call has ended", async () => {
  const office = await opened();
  const { gate, turned } = await waitAtGate(office);
  expect(await office.recipients()).toEqual([]);
  gate.leave();
  expect(await turned).toBe(true);
  expect(await office.recipients()).toEqual(everyone);
  // The place is free again.
  expect(gate.enter(false)).toBe(true);
});

test("of an issue that is paused meanwhile nothing leaves, and what was ready is made afresh later", async () => {
  const office = await opened();
  const { gate, turned } = await waitAtGate(office);
  await office.connection.exec("update issues set status = 'paused', stop_reason = 'editor'");
  gate.leave();
  await turned;
  expect(await office.recipients()).toEqual([]);
  expect(await office.batches()).toMatchObject([{ state: "planned", payload_hash: null, members: null, holder: null }]);
  await office.connection.exec("update subscriptions set status = 'unsubscribed' where subscriber = 2");
  await office.connection.exec("update issues set status = 'sending', stop_reason = null");
  await office.finish();
  expect(await office.recipients()).toEqual(["reader1@post.tld", "reader3@post.tld"]);
});

test("what waited for so long that its lease leaves no time for a call is claimed anew", async () => {
  const office = await opened();
  const { gate, turned } = await waitAtGate(office);
  const [before] = await office.batches();
  office.advance(31_000);
  gate.leave();
  await turned;
  expect(await office.recipients()).toEqual([]);
  await office.finish();
  expect(await office.recipients()).toEqual(everyone);
  expect((await office.batches())[0]?.fence).toBeGreaterThan(before?.fence ?? 0);
});

test("a process that ends turns away what is ready, so that another may send it at once (REL-15)", async () => {
  const office = await opened();
  const { gate, turned } = await waitAtGate(office);
  gate.close();
  await turned;
  expect(await office.recipients()).toEqual([]);
  expect(await office.batches()).toMatchObject([{ state: "planned", due_at: office.clock.now }]);
  await office.finish();
  expect(await office.recipients()).toEqual(everyone);
});

test("a holder whose lease another has taken meanwhile sends nothing and writes nothing (REL-10)", async () => {
  const office = await opened();
  const { gate, turned } = await waitAtGate(office);
  office.advance(61_000);
  await office.finish();
  const settled = await office.batches();
  expect(await office.recipients()).toEqual(everyone);
  gate.leave();
  await turned;
  expect(await office.recipients()).toEqual(everyone);
  expect(await office.batches()).toEqual(settled);
});
