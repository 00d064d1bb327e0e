import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { day, minute, openWorld, type World } from "../world.ts";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries", "markets", "gardens"]) await world.newsletter(slug);
});
afterEach(() => world.close());

const slugs = ["tides", "ferries", "markets", "gardens"] as const;

/** Mails so far to anyone whose address begins so, as [minutes since the start, newsletters named]. */
async function sent(prefix: string): Promise<string[]> {
  const mails = (await world.mails()).filter((mail) => mail.to.startsWith(prefix));
  return mails.map((mail) => slugs.filter((slug) => mail.text.includes(`The ${slug} letter`)).join("+"));
}

async function wait(ms: number): Promise<void> {
  world.advance(ms);
  await world.drain();
}

describe("DOI-22: mails to one address", () => {
  test("leave at least ten minutes apart, and a request in between is answered at their end", async () => {
    await world.signUp("ada@reader.example", "tides");
    await world.drain();
    await wait(minute);
    await world.signUp("ada@reader.example", "ferries");
    await wait(8 * minute);
    expect(await sent("ada")).toEqual(["tides"]);
    await wait(minute);
    expect(await sent("ada")).toEqual(["tides", "ferries"]);
  });

  test("take in every request that comes while one waits", async () => {
    await world.signUp("ada@reader.example", "tides");
    await wait(minute);
    for (const slug of ["ferries", "markets", "ferries", "gardens"]) await world.signUp("ada@reader.example", slug);
    await wait(9 * minute);
    expect(await sent("ada")).toEqual(["tides"]);
    await wait(minute);
    expect(await sent("ada")).toEqual(["tides", "ferries+markets+gardens"]);
  });

  test("use up no allowance for requests that another mail takes in, so that nothing is lost while mails wait", async () => {
    for (const slug of slugs) await world.signUp("ada@reader.example", slug);
    world.advance(11 * minute);
    for (const slug of slugs) await world.signUp("ada@reader.example", slug);
    await world.drain();
    expect(await sent("ada")).toEqual(["tides+ferries+markets+gardens"]);
    await wait(11 * minute);
    await world.signUp("ada@reader.example", "tides");
    await world.drain();
    expect(await sent("ada")).toHaveLength(2);
  });

  test("are three a day at most", async () => {
    for (let hour = 0; hour < 12; hour += 1) {
      await world.signUp("ada@reader.example", "tides");
      await world.drain();
      await wait(60 * minute);
    }
    expect(await sent("ada")).toHaveLength(3);
    await wait(day - 12 * 60 * minute);
    await world.signUp("ada@reader.example", "tides");
    await world.drain();
    expect(await sent("ada")).toHaveLength(4);
  });

  test("are five in thirty days at most, over all newsletters together", async () => {
    for (let days = 0; days < 29; days += 1) {
      await world.signUp("ada@reader.example", slugs[days % 4] ?? "tides");
      await world.drain();
      await wait(day);
    }
    expect(await sent("ada")).toHaveLength(5);
    await wait(day);
    await world.signUp("ada@reader.example", "tides");
    await world.drain();
    expect(await sent("ada")).toHaveLength(6);
  });

  test("count an already subscribed reader's too", async () => {
    await world.join("ada@reader.example", "tides");
    await world.signUp("ada@reader.example", "tides");
    await wait(9 * minute);
    expect(await sent("ada")).toHaveLength(1);
    await wait(minute);
    expect(await sent("ada")).toHaveLength(2);
  });
});

describe("DOI-22: one inbox behind many addresses", () => {
  test("has one cool-down for all its tags", async () => {
    for (let tag = 0; tag < 30; tag += 1) {
      await world.signUp(`bob+${tag}@reader.example`, "tides");
      await wait(10_000);
    }
    expect(await sent("bob")).toHaveLength(1);
    await wait(10 * minute);
    expect(await sent("bob")).toHaveLength(2);
    await wait(10 * minute);
    expect(await sent("bob")).toHaveLength(3);
    await wait(day);
    expect(await sent("bob")).toHaveLength(3);
  });

  test("has one cool-down however the dots of a Gmail address stand", async () => {
    for (const address of [
      "bobdylan@gmail.com",
      "bob.dylan@gmail.com",
      "b.o.b.dylan+x@googlemail.com",
      "bobdylan+y@gmail.com",
    ]) {
      await world.signUp(address, "tides");
    }
    await world.drain();
    expect(await sent("b")).toHaveLength(1);
    for (let passed = 0; passed < day; passed += 10 * minute) await wait(10 * minute);
    expect(await sent("b")).toHaveLength(3);
  });

  test("has one cool-down whatever signs and domains a Proton address is written with", async () => {
    const name = "firstlastname";
    for (let n = 0; n < 120; n += 1) {
      const written = [...name]
        .map((letter, place) => (n & (1 << place) ? `${letter}${"._-"[n % 3]}` : letter))
        .join("");
      const domain = ["proton.me", "protonmail.com", "pm.me"][n % 3];
      await world.signUp(`${written}@${domain}`, "tides");
      await wait(12_000);
    }
    for (let passed = 0; passed < 60; passed += 1) await wait(minute);
    expect(await sent("f")).toHaveLength(3);
  });

  test("leaves other people's mails alone", async () => {
    for (const name of ["bob", "bobby", "b.ob"]) await world.signUp(`${name}@reader.example`, "tides");
    await world.drain();
    expect(await sent("b")).toHaveLength(3);
  });
});

test("requests of the same moment leave as one mail that names both", async () => {
  await Promise.all([world.signUp("ada@reader.example", "tides"), world.signUp("ada@reader.example", "ferries")]);
  await world.drain();
  expect(await sent("ada")).toEqual(["tides+ferries"]);
  await wait(day);
  expect(await sent("ada")).toHaveLength(1);
});
