import { expect, test } from "vitest";
import { createApp } from "../../../src/app.ts";
import { hour, minute, openWorld, type World } from "../../world.ts";
import { answerOf, ask, challengeFor, payload, statusOf } from "./asking.ts";

async function open(): Promise<World> {
  const world = await openWorld({ guarded: true });
  await world.newsletter("tides");
  return world;
}

/** Signs up so many different people from one network; tells how many were taken. */
async function many(
  world: Pick<World, "app">,
  network: string | null,
  times: number,
  name = "reader",
): Promise<number> {
  let taken = 0;
  for (let n = 0; n < times; n += 1) {
    if ((await statusOf(world, network, { email: `${name}${n}@gmail.com` })) === 303) taken += 1;
  }
  return taken;
}

test("thirty sign-ups an hour are taken from one network, further ones asked to wait, and others go on (DOI-23)", async () => {
  await using world = await open();
  expect(await many(world, "192.0.2.7", 35)).toBe(30);
  const refused = await ask(world, "192.0.2.7", { email: "late@gmail.com" });
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(600);
  expect(await statusOf(world, "192.0.2.8", { email: "other@gmail.com" })).toBe(303);
  world.advance(hour + 10 * minute);
  expect(await statusOf(world, "192.0.2.7", { email: "late@gmail.com" })).toBe(303);
});

test("whoever comes too late gets no mail, and the same page whatever is known of the address (I7)", async () => {
  await using world = await open();
  await world.instance({ signupLimits: { network: 1 } });
  await world.join("active@gmail.com", "tides");
  await ask(world, "192.0.2.7", { email: "first@gmail.com" });
  const pages = new Set<string>();
  for (const email of ["stranger@gmail.com", "active@gmail.com", "first@gmail.com"]) {
    const answer = await ask(world, "192.0.2.7", { email });
    pages.add(`${answer.status} ${answer.headers.get("retry-after")} ${await answer.text()}`);
  }
  expect([...pages]).toHaveLength(1);
  await world.drain();
  expect(await world.mails("stranger@gmail.com")).toHaveLength(0);
});

test("the limit is kept in the database: a restart and a second process know it (SEC-16)", async () => {
  await using world = await open();
  await many(world, "192.0.2.7", 20);
  const other = await world.another();
  try {
    const second = { app: createApp(other.ctx) };
    expect(await many(second, "192.0.2.7", 20, "second")).toBe(10);
    // This process has refused nobody yet, and so must be told by the database.
    expect(await many(world, "192.0.2.7", 5, "third")).toBe(0);
  } finally {
    other.close();
  }
});

test("two processes that take sign-ups at the same moment go over the limit by none", async () => {
  await using world = await open();
  const other = await world.another();
  try {
    const apps = [world, { app: createApp(other.ctx) }];
    const asked = Array.from({ length: 80 }, (_, n) =>
      statusOf(apps[n % 2] ?? world, "192.0.2.7", { email: `reader${n}@gmail.com` }),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter((status) => status === 303)).toHaveLength(30);
    expect(answers.filter((status) => status === 429)).toHaveLength(50);
  } finally {
    other.close();
  }
});

test("an IPv6 household is one network, however many addresses it takes (DOI-23)", async () => {
  await using world = await open();
  let taken = 0;
  for (let n = 0; n < 40; n += 1) {
    const address = `2001:db8:1:2:${n.toString(16)}::1`;
    if ((await statusOf(world, address, { email: `reader${n}@gmail.com` })) === 303) taken += 1;
  }
  expect(taken).toBe(30);
  expect(await statusOf(world, "2001:db8:1:3::1", { email: "next-door@gmail.com" })).toBe(303);
});

test("all whose address nobody knows share one place (SEC-16)", async () => {
  await using world = await open();
  expect(await many(world, null, 40)).toBe(30);
  expect(await statusOf(world, "192.0.2.7", { email: "known@gmail.com" })).toBe(303);
});

test("with proofs of work a network may sign up five times as often", async () => {
  await using world = await open();
  await world.instance({ signupLimits: { network: 2 } });
  const taken: number[] = [];
  for (let n = 0; n < 11; n += 1) {
    const altcha = payload(await challengeFor(world));
    taken.push(await statusOf(world, "192.0.2.7", { email: `reader${n}@gmail.com`, altcha }));
  }
  expect(taken.filter((status) => status === 303)).toHaveLength(10);
  expect(await statusOf(world, "192.0.2.7", { email: "bare@gmail.com" })).toBe(429);
});

test("a proof that is sent again, or is for something else, shuts nobody out who has one of their own", async () => {
  await using world = await open();
  await world.newsletter("ferries");
  await world.instance({ signupLimits: { network: 2 } });
  const used = payload(await challengeFor(world));
  const foreign = payload(await challengeFor(world, ["ferries"]));
  await statusOf(world, "192.0.2.7", { email: "one@gmail.com", altcha: used });
  await statusOf(world, "192.0.2.7", { email: "two@gmail.com" });
  expect(await statusOf(world, "192.0.2.7", { email: "three@gmail.com", altcha: used })).toBe(429);
  expect(await statusOf(world, "192.0.2.7", { email: "four@gmail.com", altcha: foreign })).toBe(429);
  const own = payload(await challengeFor(world));
  expect(await statusOf(world, "192.0.2.7", { email: "five@gmail.com", altcha: own })).toBe(303);
});

test("a form is asked for a proof of work once its network has used half of what it may", async () => {
  await using world = await open();
  expect((await challengeFor(world, ["tides"], "192.0.2.7")).required).toBe(false);
  await many(world, "192.0.2.7", 15);
  expect((await challengeFor(world, ["tides"], "192.0.2.7")).required).toBe(true);
  expect((await challengeFor(world, ["tides"], "192.0.2.8")).required).toBe(false);
});

test("no address of the network is in the database", async () => {
  await using world = await open();
  await ask(world, "192.0.2.77", { email: "ada@gmail.com" });
  expect((await answerOf(world, "ada@gmail.com")).state).toBe("waiting");
  const rows = await world.ctx.store.db.selectFrom("rates").select("key").execute();
  expect(rows.map(({ key }) => key).join(" ")).not.toMatch(/192|gmail|ada/);
});

test("a trap that is filled in does not take the limit away", async () => {
  await using world = await openWorld({ guarded: true, instance: { signupLimits: { network: 3 } } });
  await world.newsletter("tides");
  const statuses: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    statuses.push((await ask(world, "203.0.113.5", { email: `a${n}@gmail.com`, subject_2: "x" })).status);
  }
  expect(statuses).toEqual([303, 303, 303, 429, 429]);
});

test("a limit that is raised holds within a minute, for networks too that were over it (DOI-23)", async () => {
  await using world = await open();
  expect(await many(world, "192.0.2.7", 32)).toBe(30);
  await world.instance({ signupLimits: { network: 40 } });
  world.advance(minute);
  // The one of the first that the database has turned away is counted as well.
  expect(await many(world, "192.0.2.7", 20, "later")).toBe(9);
  await world.instance({ signupLimits: { network: 30 } });
  expect(await statusOf(world, "192.0.2.7", { email: "late@gmail.com" })).toBe(429);
});
