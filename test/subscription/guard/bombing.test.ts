import { expect, test } from "vitest";
import { tick } from "../../../src/jobs.ts";
import { minute, openWorld, type World } from "../../world.ts";
import { answerOf, ask, challengeFor, networkNo, payload } from "./asking.ts";

// The "subscription bombing" of Spamhaus (2016), as DOI-28 tells it: few victims, signed up again and again from everywhere.

const victims = 50;
const bots = 2_000;
const shots = 10_000;
const honest = 200;

/** DOI-22: nobody is mailed more often in a day, whoever asks. */
const cap = 3;

interface Reader {
  readonly email: string;
  readonly script: boolean;
}

/** An honest reader from a network of their own; every second one has a browser with script, which asks what is wanted first. */
async function signUp(world: World, n: number): Promise<Reader> {
  const email = `honest${n}@${n % 3 === 0 ? "gmail.com" : `paper${n}.example`}`;
  const script = n % 2 === 0;
  const address = `203.0.${113 + (n >> 8)}.${n & 255}`;
  const challenge = script ? await challengeFor(world, ["tides"], address) : null;
  const altcha = challenge?.required === true ? { altcha: payload(challenge) } : {};
  const answer = await ask(world, address, { email, ...altcha });
  expect(answer.status).toBe(303);
  return { email, script };
}

test("10,000 sign-ups of 50 victims from 2,000 networks: nobody is bombed, and honest readers get their mails", async () => {
  await using world = await openWorld({ guarded: true });
  await world.newsletter("tides");
  const readers: Reader[] = [];
  const answers = new Map<number, number>();
  for (let n = 0; n < shots; n += 1) {
    // Every second one has a mailbox at a large provider, where no limit of a domain helps.
    const victim = `victim${n % victims}@${n % 2 === 0 ? "gmail.com" : `target${n % 5}.example`}`;
    // Tags and capitals are the oldest trick.
    const email = n % 4 === 0 ? victim.replace("@", `+${n}@`) : n % 4 === 1 ? victim.toUpperCase() : victim;
    const { status } = await ask(world, networkNo((n * 7) % bots), { email });
    answers.set(status, (answers.get(status) ?? 0) + 1);
    if (n % (shots / honest) === 0) readers.push(await signUp(world, readers.length));
    if (n % 100 === 99) {
      world.advance(36_000);
      await world.drain();
    }
  }
  // The attack is over after an hour; what waits leaves within the day that a place in the slow lane is worth.
  for (let n = 0; n < 25 * 3; n += 1) {
    world.advance(20 * minute);
    await world.drain();
    await tick(world.ctx);
  }
  const sent = await world.recipients();
  const perVictim = Array.from({ length: victims }, (_, n) => {
    return sent.filter((to) => new RegExp(`^victim${n}(\\+\\d+)?@`, "i").test(to)).length;
  });
  expect(Math.max(...perVictim)).toBeLessThanOrEqual(cap);
  // Everybody is told the same; no network of theirs was over its limit.
  expect([...answers.keys()]).toEqual([303]);
  const missed = readers.filter(({ email }) => !sent.includes(email));
  expect(missed).toEqual([]);
  expect(sent.filter((to) => to.startsWith("honest"))).toHaveLength(honest);
}, 240_000);

test("an honest reader with script is mailed at once in the midst of it, one without waits a while", async () => {
  await using world = await openWorld({ guarded: true });
  await world.newsletter("tides");
  for (let n = 0; n < 300; n += 1) await ask(world, networkNo(n), { email: `victim${n}@gmail.com` });
  const quick = await signUp(world, 0);
  expect(await answerOf(world, quick.email)).toMatchObject({ reason: null, wait: 0 });
  const patient = await signUp(world, 1);
  const { state, reason, wait } = await answerOf(world, patient.email);
  expect([state, reason]).toEqual(["waiting", "slow"]);
  expect(wait).toBeLessThan(30 * minute);
});

test("one network that shoots alone is turned away after its limit, and leaves few traces", async () => {
  await using world = await openWorld({ guarded: true });
  await world.newsletter("tides");
  const answers = new Map<number, number>();
  for (let n = 0; n < 500; n += 1) {
    const { status } = await ask(world, "198.51.100.7", { email: `victim${n}@gmail.com` });
    answers.set(status, (answers.get(status) ?? 0) + 1);
  }
  expect(Object.fromEntries(answers)).toEqual({ 303: 30, 429: 470 });
  const { n } = await world.ctx.store.db
    .selectFrom("notices")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  expect(n).toBe(31);
});
