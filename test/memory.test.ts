import { expect, test } from "vitest";
import { createMemory } from "../src/memory.ts";

test("what is remembered belongs to its owner", () => {
  const memory = createMemory<object, number>(10);
  const [one, other] = [{}, {}];
  memory.set(one, "a", 1);
  expect(memory.get(one, "a")).toBe(1);
  expect(memory.get(one, "b")).toBeUndefined();
  expect(memory.get(other, "a")).toBeUndefined();
});

test("an entry more than it may hold makes it forget all others of that owner, and of nobody else", () => {
  const memory = createMemory<object, number>(2);
  const [one, other] = [{}, {}];
  memory.set(other, "a", 0);
  for (const [at, key] of ["a", "b", "c"].entries()) memory.set(one, key, at);
  expect(["a", "b", "c"].map((key) => memory.get(one, key))).toEqual([undefined, undefined, 2]);
  expect(memory.get(other, "a")).toBe(0);
});
