import { expect, test } from "vitest";
import { createLookout } from "../../src/node/lookout.ts";

const breath = () => new Promise((resolve) => setImmediate(resolve));

/** A lookout that starts up to so many workers, and how many have started. */
function lookoutOf(most: number) {
  const seen = { started: 0 };
  const lookout = createLookout(() => {
    if (seen.started === most) return false;
    seen.started += 1;
    return true;
  });
  const gate = lookout.watch({ enter: () => true, leave() {} });
  return { ...lookout, seen, find: () => expect(gate.enter(true)).toBe(true) };
}

async function breathe(): Promise<void> {
  for (let time = 0; time < 5; time += 1) await breath();
}

test("a burst of rings starts one worker, and one more once that has ended, for what came meanwhile", async () => {
  const { ring, ended, seen } = lookoutOf(10);
  for (let time = 0; time < 50; time += 1) ring();
  await breathe();
  expect(seen.started).toBe(1);
  for (let time = 0; time < 50; time += 1) ring();
  await breathe();
  expect(seen.started).toBe(1);
  ended();
  await breathe();
  expect(seen.started).toBe(2);
  ended();
  await breathe();
  expect(seen.started).toBe(2);
});

test("after several rings each worker that finds something is followed by another, until one finds nothing", async () => {
  const { ring, find, ended, seen } = lookoutOf(10);
  ring();
  ring();
  for (const expected of [1, 2, 3]) {
    await breathe();
    expect(seen.started).toBe(expected);
    find();
  }
  await breathe();
  expect(seen.started).toBe(4);
  ended();
  await breathe();
  expect(seen.started).toBe(4);
});

test("after a single ring a worker that finds something stays alone, until it is rung again", async () => {
  const { ring, find, seen } = lookoutOf(10);
  ring();
  await breathe();
  find();
  await breathe();
  expect(seen.started).toBe(1);
  ring();
  await breathe();
  expect(seen.started).toBe(2);
});

test("a ring that starts nobody is not held against the next one", async () => {
  const { ring, ended, seen } = lookoutOf(1);
  ring();
  await breathe();
  ring();
  ended();
  await breathe();
  expect(seen.started).toBe(1);
  seen.started = 0;
  ring();
  await breathe();
  expect(seen.started).toBe(1);
});
