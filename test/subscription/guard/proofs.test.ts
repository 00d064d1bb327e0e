import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readProof } from "../../../src/subscription/challenge.ts";
import { purgeProofs } from "../../../src/subscription/proofs.ts";
import { minute, openWorld, type World } from "../../world.ts";
import { answerOf, ask, challengeFor, networkNo, payload, solve } from "./asking.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld({ guarded: true, instance: { challenge: "always" } });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
});
afterEach(() => world.close());

let next = 0;

/** Whether a form with this proof is answered at once. */
async function isTaken(altcha: string, newsletter = "tides"): Promise<boolean> {
  next += 1;
  const email = `reader${next}@gmail.com`;
  expect((await ask(world, networkNo(next), { email, newsletter, altcha })).status).toBe(303);
  return (await answerOf(world, email)).reason === null;
}

test("a proof counts once, a second form with it waits (DOI-26)", async () => {
  const altcha = payload(await challengeFor(world));
  expect([await isTaken(altcha), await isTaken(altcha)]).toEqual([true, false]);
});

test("of forms that come with one proof at the same moment, one is taken", async () => {
  const altcha = payload(await challengeFor(world));
  const people = Array.from({ length: 20 }, (_, n) => `racer${n}@gmail.com`);
  await Promise.all(people.map((email, n) => ask(world, networkNo(n), { email, altcha })));
  const reasons = await Promise.all(people.map(async (email) => (await answerOf(world, email)).reason));
  expect(reasons.filter((reason) => reason === null)).toHaveLength(1);
});

test("a proof is void after twenty minutes, and forgotten then", async () => {
  const used = payload(await challengeFor(world));
  const late = payload(await challengeFor(world));
  await isTaken(used);
  world.advance(20 * minute + 1_000);
  expect(await isTaken(late)).toBe(false);
  expect(await purgeProofs(world.ctx)).toBe(1);
  expect(await isTaken(used)).toBe(false);
});

test("a proof counts for the newsletters it was made for, and for fewer", async () => {
  expect(await isTaken(payload(await challengeFor(world, ["tides"])), "ferries")).toBe(false);
  expect(await isTaken(payload(await challengeFor(world, ["ferries", "tides"])), "ferries")).toBe(true);
  expect(await isTaken(payload(await challengeFor(world, ["tides-and-more"])))).toBe(false);
});

describe("no other spelling of a proof counts (CVE-2025-68113)", () => {
  test("digits that move between salt and number", async () => {
    const challenge = await challengeFor(world);
    const number = solve(challenge);
    const digits = String(number);
    const altcha = payload(challenge, {
      salt: `${challenge.salt}${digits.slice(0, 1)}`,
      number: Number(digits.slice(1) === "" ? 0 : digits.slice(1)),
    });
    expect(await isTaken(altcha)).toBe(false);
  });

  test("a later time in the salt", async () => {
    const challenge = await challengeFor(world);
    const salt = challenge.salt.replace(/expires=(\d+)/, (_, seconds: string) => `expires=${Number(seconds) + 60}`);
    expect(await isTaken(payload(challenge, { salt }))).toBe(false);
  });

  test("a time that begins the number", async () => {
    const challenge = await challengeFor(world);
    const salt = challenge.salt.slice(0, -1);
    expect(await isTaken(payload(challenge, { salt }))).toBe(false);
  });

  test.each([
    ["another number", { number: 0 }],
    ["a number as text", { number: "1" }],
    ["a fraction", { number: 0.5 }],
    ["a negative number", { number: -1 }],
    ["no number", { number: null }],
    ["another algorithm", { algorithm: "SHA-1" }],
    ["no signature", { signature: "" }],
    ["a signature of somebody else", { signature: "0".repeat(64) }],
    ["no salt", { salt: "" }],
  ])("%s", async (_, changes) => {
    const challenge = await challengeFor(world);
    expect(await isTaken(payload(challenge, changes))).toBe(false);
    // And the sound one is not spent by it.
    expect(await isTaken(payload(challenge))).toBe(true);
  });

  test("a challenge made up, as easy as its maker likes", async () => {
    const challenge = await challengeFor(world);
    const easy = {
      ...challenge,
      maxnumber: 0,
      challenge: "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9",
    };
    const altcha = btoa(JSON.stringify({ ...easy, number: 0 }));
    expect(await isTaken(altcha)).toBe(false);
  });

  test("the same payload written in other ways is the same proof", async () => {
    const challenge = await challengeFor(world);
    expect(await isTaken(payload(challenge))).toBe(true);
    const padded = btoa(` ${atob(payload(challenge))}\n`);
    expect(await isTaken(padded)).toBe(false);
    expect(await isTaken(payload(challenge, { more: "x" }))).toBe(false);
    expect(await isTaken(payload(challenge, { challenge: challenge.challenge.toUpperCase() }))).toBe(false);
  });
});

test.each(["", "x", "e30=", btoa("null"), btoa("[]"), btoa('"text"'), "=".repeat(9_000), btoa("{".repeat(5_000))])(
  "what is no proof at all is none, and breaks nothing: %#",
  (text) => {
    expect(readProof(world.ctx, text)).toBe(null);
  },
);

test("a bad proof costs no look into the database before the commit", async () => {
  const { queries } = await import("../../world/counting.ts").then(({ countingApp }) => {
    const counting = countingApp(world);
    return { queries: counting.queries, close: counting.close };
  });
  readProof(world.ctx, payload(await challengeFor(world)));
  expect(queries).toEqual([]);
});

test("a challenge names at least one newsletter and at most fifty", async () => {
  const { app } = world;
  expect((await app.request("/subscribe/challenge")).status).toBe(422);
  expect((await app.request("/subscribe/challenge?newsletter=a%20b")).status).toBe(422);
  const many = Array.from({ length: 51 }, (_, n) => `newsletter=n${n}`).join("&");
  expect((await app.request(`/subscribe/challenge?${many}`)).status).toBe(422);
});

test("a challenge is kept by nobody, and differs each time", async () => {
  const answer = await world.app.request("/subscribe/challenge?newsletter=tides");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const again = await challengeFor(world);
  expect((await answer.json()) as object).not.toMatchObject({ challenge: again.challenge });
});
