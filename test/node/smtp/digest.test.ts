import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf } from "../../../src/node/smtp/digest.ts";

const chunk = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 1_024, maxLength: 1_100 }),
  fc.constant(new Uint8Array(1_023)),
);
const chunks = fc.array(chunk, { minLength: 1, maxLength: 8 });

test("the digest is SHA-256 in hex, the same for the same chunks, long ones met before or not", () => {
  fc.assert(
    fc.property(chunks, (given) => {
      const digest = digestOf(given);
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
      expect(digestOf(given)).toBe(digest);
      expect(digestOf(given.map((one) => Uint8Array.from(one)))).toBe(digest);
    }),
  );
});

test("it binds every bit of every chunk, and how many there are", () => {
  fc.assert(
    fc.property(chunks, fc.nat(), fc.nat(), (given, which, where) => {
      const digest = digestOf(given);
      const filled = given.flatMap((one, place) => (one.length > 0 ? [place] : []));
      const place = filled[which % Math.max(1, filled.length)];
      expect(digestOf([...given, Uint8Array.of(0)])).not.toBe(digest);
      if (place === undefined) return;
      const changed = given.map((one) => Uint8Array.from(one));
      const struck = changed[place] ?? new Uint8Array();
      const at = where % struck.length;
      struck[at] = (struck[at] ?? 0) ^ 1;
      expect(digestOf(changed)).not.toBe(digest);
      expect(digestOf(given.toSpliced(place, 1))).not.toBe(digest);
    }),
  );
});

test("a long chunk's own hash, and the head of a run, cannot be told by short chunks of the same bytes", () => {
  const long = new Uint8Array(1_024).fill(7);
  const halves = [long.subarray(0, 512), long.subarray(512)];
  expect(digestOf(halves)).not.toBe(digestOf([long]));
  const digest = digestOf([long]);
  expect(digestOf([Buffer.from(digest, "hex")])).not.toBe(digest);
});
