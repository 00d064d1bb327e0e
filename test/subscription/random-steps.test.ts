import fc from "fast-check";
import { expect, test } from "vitest";
import { coolDown } from "../../src/delivery/mailbox.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { day, minute, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";
const slugs = ["tides", "ferries"];

type Step =
  | { do: "sign-up"; chosen: string[] }
  | { do: "press" | "renew"; mail: number }
  | { do: "leave"; newsletter: number }
  | { do: "pay" | "suppress" | "lift" | "erase" }
  | { do: "wait"; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("sign-up" as const), chosen: fc.subarray(slugs, { minLength: 1 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("press" as const), mail: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("renew" as const), mail: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("leave" as const), newsletter: fc.constantFrom(1, 2) }) },
  { weight: 6, arbitrary: fc.constant<Step>({ do: "pay" }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("suppress" as const, "lift" as const, "erase" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, minute, 11 * minute, day, 4 * day),
    }),
  },
);

interface Held {
  readonly subscriber: number;
  readonly newsletter: number;
  readonly status: string;
  readonly generation: number;
}

interface State {
  readonly held: Held[];
  readonly suppressed: boolean;
  /** When the mails about signing up that have left fell due, in ms UTC: an outage may hold them up, a reader cannot. */
  readonly mailed: number[];
}

async function stateOf(world: World): Promise<State> {
  const { db } = world.ctx.store;
  const columns = ["subscriber", "newsletter", "status", "generation"] as const;
  const held = await db.selectFrom("subscriptions").select(columns).orderBy("newsletter").execute();
  const suppressed = await db.selectFrom("suppressions").select("id").where("email_key", "=", ada).execute();
  const mailed = await db
    .selectFrom("notices")
    .select("due_at")
    .where("kind", "in", ["confirmation", "already"])
    .where("batch", "is not", null)
    .where("state", "is", null)
    .orderBy("due_at")
    .execute();
  return { held, suppressed: suppressed.length > 0, mailed: mailed.map((notice) => notice.due_at) };
}

/** What a link may confirm right now: those of its notice that are pending in the generation it names. */
async function confirmable(world: World, link: string, state: State): Promise<Held[]> {
  const id = world.ctx.signer.read("confirm", link.split("/").at(-1) ?? "")?.ids[0] ?? 0;
  const notice = await world.ctx.store.db.selectFrom("notices").selectAll().where("id", "=", id).executeTakeFirst();
  if (notice === undefined || notice.expires_at <= world.clock.now || state.suppressed) return [];
  const items = JSON.parse(notice.items) as [number, number][];
  return state.held.filter(
    (one) =>
      one.status === "pending" &&
      one.subscriber === notice.subscriber &&
      items.some(([newsletter, generation]) => newsletter === one.newsletter && generation === one.generation),
  );
}

/** Takes a step and returns the subscriptions that must result. */
async function take(world: World, one: Step, before: State): Promise<Held[]> {
  const links = (await world.mails(ada)).map((mail) => mail.confirmLink).filter((link) => link !== "");
  switch (one.do) {
    case "sign-up":
      await world.signUp(ada, one.chosen);
      return afterSignUp(before, one.chosen, (await stateOf(world)).held[0]?.subscriber ?? 0);
    case "press": {
      const link = links[one.mail];
      if (link === undefined) return before.held;
      const ready = await confirmable(world, link, before);
      await world.post(link);
      return before.held.map((held) => (ready.includes(held) ? { ...held, status: "active" } : held));
    }
    case "renew":
      await world.post(`${links[one.mail] ?? "/confirm/none"}/renew`);
      return before.held;
    case "leave": {
      const [first] = before.held;
      await world.post(`/u/${world.ctx.signer.sign("leave", [one.newsletter, first?.subscriber ?? 1])}`);
      return before.held.map((held) =>
        held.newsletter === one.newsletter ? { ...held, status: "unsubscribed" } : held,
      );
    }
    case "erase":
      await erase(world.ctx, { address: ada }).catch((fault) => expect(fault).toMatchObject({ code: "not-found" }));
      return [];
    default:
      await quietly(world, one);
      return before.held;
  }
}

async function quietly(
  world: World,
  one: Exclude<Step, { do: "sign-up" | "press" | "renew" | "leave" }>,
): Promise<void> {
  if (one.do === "pay") await world.drain();
  if (one.do === "wait") world.advance(one.ms);
  if (one.do === "suppress") await addSuppression(world.ctx, { address: ada, reason: "manual" });
  if (one.do === "lift") await removeSuppression(world.ctx, { address: ada }).catch(() => undefined);
}

function afterSignUp(before: State, chosen: readonly string[], subscriber: number): Held[] {
  const all = slugs.map((slug, at) => {
    const newsletter = at + 1;
    const held = before.held.find((one) => one.newsletter === newsletter);
    if (!chosen.includes(slug)) return held;
    if (held === undefined) return { subscriber, newsletter, status: "pending", generation: 1 };
    return held.status === "unsubscribed" ? { ...held, status: "pending", generation: held.generation + 1 } : held;
  });
  return all.filter((held) => held !== undefined);
}

/** The proof fits the state, and no reader has been mailed more than DOI-22 allows. */
async function check(world: World, before: State, after: State): Promise<void> {
  const events = await world.ctx.store.db.selectFrom("consents").selectAll().execute();
  for (const held of after.held) {
    const own = events.filter((event) => event.subscriber === held.subscriber && event.newsletter === held.newsletter);
    const present = own.filter((event) => event.generation === held.generation);
    const now = present.map((event) => event.event);
    // One request for each mail it led to; confirmed and withdrawn once at most.
    const distinct = present.map((event) => (event.event === "asked" ? `asked for ${event.notice}` : event.event));
    expect(new Set(distinct).size).toBe(distinct.length);
    expect(now).toContain("asked");
    expect(now.includes("confirmed") || held.status !== "active").toBe(true);
    expect(now.includes("withdrawn")).toBe(held.status === "unsubscribed");
  }
  if (before.suppressed) expect(after.mailed.length).toBeLessThanOrEqual(before.mailed.length);
}

function expectCooledDown(mailed: readonly number[]): void {
  mailed.forEach((at, place) => {
    const within = (ms: number) => mailed.slice(0, place + 1).filter((other) => other > at - ms).length;
    expect(within(coolDown.gap)).toBe(1);
    expect(within(day)).toBeLessThanOrEqual(coolDown.perDay);
    expect(within(30 * day)).toBeLessThanOrEqual(coolDown.perMonth);
  });
}

test("whatever one reader does in whatever order, subscriptions, proof and mails stay what the rules say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      await using world = await openWorld();
      for (const slug of slugs) await world.newsletter(slug, { welcome: `Welcome to ${slug}.` });
      let state = await stateOf(world);
      for (const one of steps) {
        const expected = await take(world, one, state);
        const after = await stateOf(world);
        expect(after.held).toEqual(expected);
        await check(world, state, after);
        state = after;
      }
      // An erased address has no cool-down left: nothing of it is kept.
      if (!steps.some((one) => one.do === "erase")) expectCooledDown(state.mailed);
    }),
    { numRuns: Number(process.env.RUNS ?? 20), seed: Number(process.env.SEED ?? 1) },
  );
});
