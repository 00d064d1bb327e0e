import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createApp } from "../../src/app.ts";
import { openFile } from "../../src/node/engine.ts";
import { createFileKeep } from "../../src/node/keep.ts";
import { createLoop, type Loop } from "../../src/node/loop.ts";
import type { Parcel, Provider } from "../../src/provider/contract.ts";
import { createOutbox } from "../../src/provider/outbox.ts";
import { minute, openWorld, type World } from "../world.ts";

const second = 1_000;

let loop: Loop;
let world: World;
/** Calls that wait for an answer; each is let go by calling it. */
let held: (() => void)[];
let holds: boolean;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  held = [];
  holds = false;
  loop = createLoop(2);
  world = await openWorld({ bell: loop.bell, provider: holding() });
  await world.newsletter("tides");
});
afterEach(async () => {
  holds = false;
  for (const letGo of held) letGo();
  await loop.stop();
  vi.useRealTimers();
  world.close();
});

/** The outbox, whose answers a test may hold back. */
function holding(): Provider {
  const outbox = () => createOutbox(createFileKeep(world.config.outbox, () => world.clock.now));
  const hold = (parcel: Parcel): Parcel => ({
    ...parcel,
    send: async (key) => {
      if (holds) await new Promise<void>((resolve) => held.push(resolve));
      return parcel.send(key);
    },
  });
  return {
    name: "outbox",
    knowsKeys: true,
    limits: { members: 1, bytes: 1_000_000 },
    notices: (messages) => hold(outbox().notices(messages)),
    issue: (mail) => (recipients) => hold(outbox().issue(mail)(recipients)),
  };
}

/** Lets the event loop run until something is so; for ever is an error. */
async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; ) {
    if (await isSo()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("it never came to that");
}

/** Signs up as a process would whose bell nobody here hears. */
async function signUpElsewhere(address: string): Promise<void> {
  const elsewhere = createApp({ ...world.ctx, bell: { ring() {} } });
  const body = new URLSearchParams({ email: address, newsletter: "tides" });
  const answer = await elsewhere.request("/subscribe", { method: "POST", body });
  expect(answer.status).toBe(303);
}

async function mails(): Promise<number> {
  return (await world.mails()).length;
}

test("a sign-up rings the bell, and its mail leaves without waiting for any clock", async () => {
  loop.start(world.ctx);
  await world.signUp("ada@reader.example", "tides");
  await until(async () => (await mails()) === 1);
});

test("what another process owes is found within a second", async () => {
  loop.start(world.ctx);
  await until(() => vi.getTimerCount() === 2);
  await signUpElsewhere("ada@reader.example");
  expect(await mails()).toBe(0);
  await vi.advanceTimersByTimeAsync(second);
  await until(async () => (await mails()) === 1);
});

test("one call without an answer does not hold up what another process owes", async () => {
  holds = true;
  loop.start(world.ctx);
  await world.signUp("ada@reader.example", "tides");
  await until(() => held.length === 1);
  await signUpElsewhere("bea@reader.example");
  await vi.advanceTimersByTimeAsync(second);
  await until(() => held.length === 2);
});

test("a mail that falls due later leaves then", async () => {
  loop.start(world.ctx);
  await world.signUp("ada@reader.example", "tides");
  // Settled, not only kept: the gap between two answers counts from there.
  await until(async () => {
    const batch = await world.ctx.store.db.selectFrom("batches").select("state").executeTakeFirst();
    return batch?.state === "accepted";
  });
  await world.newsletter("ferries");
  await world.signUp("ada@reader.example", "ferries");
  world.advance(10 * minute);
  await until(async () => {
    await vi.advanceTimersByTimeAsync(second);
    return (await mails()) === 2;
  });
});

test("as many batches are paid at a time as there are workers, and no more", async () => {
  for (const name of ["ada", "bea", "cyd", "dan"]) await world.signUp(`${name}@reader.example`, "tides");
  holds = true;
  loop.start(world.ctx);
  loop.bell.ring();
  loop.bell.ring();
  await until(() => held.length === 2);
  for (let time = 0; time < 200; time += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(held).toHaveLength(2);
  holds = false;
  for (const letGo of held) letGo();
  await until(async () => (await mails()) === 4);
});

test("stopping waits for what is in flight, and takes nothing new (REL-15)", async () => {
  for (const name of ["ada", "bea", "cyd"]) await world.signUp(`${name}@reader.example`, "tides");
  holds = true;
  loop.start(world.ctx);
  await until(() => held.length === 1);
  let stopped = false;
  const stopping = loop.stop().then(() => {
    stopped = true;
  });
  loop.bell.ring();
  for (let time = 0; time < 50; time += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  held[0]?.();
  await stopping;
  expect(held).toHaveLength(1);
  expect(await mails()).toBe(1);
  const batches = await world.ctx.store.db.selectFrom("batches").select("state").execute();
  expect(batches).toEqual([{ state: "accepted" }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("stopping waits for a sweep that is under way, so that the database can be closed behind it", async () => {
  const events: string[] = [];
  let goOn = () => {};
  const keep = world.ctx.keep;
  const slow = {
    ...world.ctx,
    keep: keep && {
      ...keep,
      purge: async (before: number) => {
        await new Promise<void>((resolve) => {
          goOn = resolve;
          events.push("sweeping");
        });
        events.push("swept");
        return keep.purge(before);
      },
    },
  };
  loop.start(slow);
  await until(() => events.length === 1);
  const stopping = loop.stop().then(() => events.push("stopped"));
  for (let time = 0; time < 50; time += 1) await new Promise((resolve) => setImmediate(resolve));
  goOn();
  await stopping;
  expect(events).toEqual(["sweeping", "swept", "stopped"]);
});

test("a turn that fails is logged, and mails leave once the fault is gone", async () => {
  const connection = openFile(world.config.database);
  connection.exec("alter table notices rename to mislaid");
  loop.start(world.ctx);
  await until(() => world.logged.some((line) => line.includes("turn failed")));
  connection.exec("alter table mislaid rename to notices");
  connection.close();
  await world.signUp("ada@reader.example", "tides");
  await until(async () => {
    await vi.advanceTimersByTimeAsync(second);
    return (await mails()) === 1;
  });
});

test("what has had its time is swept every minute", async () => {
  loop.start(world.ctx);
  await world.signUp("ada@reader.example", "tides");
  await until(async () => (await mails()) === 1);
  world.advance(100 * 24 * 60 * minute);
  await vi.advanceTimersByTimeAsync(minute);
  await until(async () => (await mails()) === 0);
  await until(() => world.logged.some((line) => line.includes('"swept"')));
});
