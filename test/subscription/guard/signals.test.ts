import { afterEach, beforeEach, expect, test } from "vitest";
import { editNewsletter } from "../../../src/newsletter/edit.ts";
import { formsOf } from "../../world/forms.ts";
import { day, openWorld, type World } from "../../world.ts";
import { answerOf, ask, challengeFor, networkNo, payload } from "./asking.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld({ guarded: true });
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
});
afterEach(() => world.close());

let next = 0;

async function reasonOf(
  fields: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<string | null> {
  next += 1;
  const email = `reader${next}@gmail.com`;
  expect((await ask(world, networkNo(next), { email, ...fields }, headers)).status).toBe(303);
  return (await answerOf(world, email)).reason;
}

/** The signed time that a page of ours holds now. */
async function seenNow(): Promise<string> {
  const [form] = formsOf(await (await world.get("/n/tides")).text());
  return form?.hidden.find(([name]) => name === "seen")?.[1] ?? "";
}

test("a filled-in trap is answered as ever, and mails nobody (DOI-25)", async () => {
  expect(await reasonOf({ subject_2: "Best casino" })).toBe("trap");
  expect(await reasonOf({ subject_2: "  " })).toBe(null);
  await world.drain();
  expect(await world.recipients()).toEqual([`reader${next}@gmail.com`]);
});

test("a trap that was filled in does not use up what the address may be mailed (DOI-22)", async () => {
  await ask(world, networkNo(1), { email: "ada@gmail.com", subject_2: "x" });
  await ask(world, networkNo(2), { email: "ada@gmail.com" });
  expect(await answerOf(world, "ada@gmail.com")).toMatchObject({ reason: null, wait: 0 });
});

test("every form that we render holds the trap, out of sight and reach, and the time", async () => {
  for (const path of ["/", "/n/tides"]) {
    const html = await (await world.get(path)).text();
    expect(html, path).toMatch(
      /<div class="trap" aria-hidden="true">.*name="subject_2" value="" tabindex="-1" autocomplete="off"/,
    );
    expect(html, path).toMatch(/<input type="hidden" name="seen" value="\d{10}\.[0-9a-f]{32}">/);
  }
});

test("a form that comes back within two seconds waits in the slow lane, a later one does not (DOI-25)", async () => {
  const seen = await seenNow();
  expect(seen).not.toBe("");
  world.advance(1_000);
  expect(await reasonOf({ seen })).toBe("slow");
  world.advance(1_000);
  expect(await reasonOf({ seen })).toBe(null);
  world.advance(3 * day);
  expect(await reasonOf({ seen })).toBe(null);
});

test.each([["forged"], ["1795335060.00000000000000000000000000000000"], ["0000000000."]])(
  "a time that we have not signed waits: %s",
  async (seen) => {
    world.advance(10_000);
    expect(await reasonOf({ seen })).toBe("slow");
  },
);

test("a form of another site waits where its newsletter names the sites that may hold it, and is never refused (DOI-25)", async () => {
  const foreign = { origin: "https://elsewhere.example" };
  expect(await reasonOf({}, foreign)).toBe(null);
  await editNewsletter(world.ctx, { slug: "tides", changes: { origins: ["https://paper.example"] } });
  expect(await reasonOf({}, foreign)).toBe("slow");
  expect(await reasonOf({}, { origin: "https://paper.example" })).toBe(null);
  expect(await reasonOf({}, { origin: "https://letters.harbourcourier.example" })).toBe(null);
  // One tag has any page hide its origin.
  expect(await reasonOf({}, { origin: "null" })).toBe("slow");
  expect(await reasonOf()).toBe(null);
  expect(await reasonOf({ newsletter: "ferries" }, foreign)).toBe(null);
});

test("none of it is lifted by a proof of work", async () => {
  const altcha = payload(await challengeFor(world));
  expect(await reasonOf({ altcha, subject_2: "x" })).toBe("trap");
});
