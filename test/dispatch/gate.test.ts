import { expect, test } from "vitest";
import { createGate } from "../../src/dispatch/gate.ts";

/** Enters and notes under which name it was let in, or turned away. */
function come(gate: ReturnType<typeof createGate>, name: string, inHurry: boolean, heard: string[]): void {
  void Promise.resolve(gate.enter(inHurry)).then((mayCall) => heard.push(mayCall ? name : `${name} turned away`));
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("as many calls as allowed are let in at once", () => {
  const gate = createGate(2);
  expect(gate.enter(false)).toBe(true);
  expect(gate.enter(true)).toBe(true);
  expect(gate.enter(true)).toBeInstanceOf(Promise);
});

test("each call that ends lets one in: those in a hurry first, others as they came", async () => {
  const gate = createGate(1);
  gate.enter(false);
  const heard: string[] = [];
  come(gate, "first", false, heard);
  come(gate, "second", false, heard);
  come(gate, "hasty", true, heard);
  for (const sofar of [["hasty"], ["hasty", "first"], ["hasty", "first", "second"]]) {
    gate.leave();
    await settle();
    expect(heard).toEqual(sofar);
  }
  gate.leave();
  expect(gate.enter(false)).toBe(true);
});

test("closing turns away who waits and who comes later", async () => {
  const gate = createGate(1);
  gate.enter(false);
  const heard: string[] = [];
  come(gate, "first", false, heard);
  come(gate, "hasty", true, heard);
  gate.close();
  await settle();
  expect(heard.toSorted()).toEqual(["first turned away", "hasty turned away"]);
  gate.leave();
  expect(gate.enter(false)).toBe(false);
});
