import fc from "fast-check";
import { expect, test } from "vitest";
import { coolDown } from "../../src/delivery/mailbox.ts";
import { tick } from "../../src/jobs.ts";
import { parseAddress } from "../../src/mail/address.ts";
import { day, hour, minute, openWorld, type World } from "../world.ts";
import { challengeFor, from, networkNo, payload } from "./guard/asking.ts";

const reader = "vic.tim@gmail.com";
/** One mailbox, as strangers and its reader may write it. */
const written = [reader, "victim@gmail.com", "victim+1@googlemail.com", "v.i.ctim+x@gmail.com", "VICTIM@gmail.com"];
const slugs = ["tides", "ferries"];

interface Asking {
  readonly do: "sign-up" | "ask for a link" | "move";
  readonly address: number;
  readonly slug: number;
  readonly guard: "none" | "slow" | "proof";
}

type Step =
  | Asking
  | { do: "join"; slug: number }
  | { do: "renew" }
  | { do: "provider"; down: boolean }
  | { do: "wait"; ms: number; paid: boolean };

const index = fc.nat(written.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("sign-up" as const, "sign-up" as const, "ask for a link" as const, "move" as const),
      address: index,
      slug: fc.nat(1),
      guard: fc.constantFrom("none" as const, "none" as const, "slow" as const, "proof" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("join" as const), slug: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("renew" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("provider" as const), down: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat(12 * minute), fc.nat(3 * hour), fc.nat(20 * hour)),
      // Else no process runs meanwhile, or the ledger is not looked at.
      paid: fc.boolean(),
    }),
  },
);

let asked = 0;

async function post(world: World, url: string, fields: Record<string, string>): Promise<void> {
  asked += 1;
  const { pathname } = new URL(url, world.config.publicUrl);
  await world.app.request(pathname, { method: "POST", body: new URLSearchParams(fields) }, from(networkNo(asked)));
}

async function pay(world: World): Promise<void> {
  await tick(world.ctx);
  await world.drain();
}

async function take(world: World, one: Step, preferences: string): Promise<void> {
  if (one.do === "wait") {
    world.advance(one.ms);
    if (one.paid) await pay(world);
    return;
  }
  if (one.do === "provider") {
    world.fault = () => (one.down ? { result: "unsure", reason: "down" } : null);
    return;
  }
  if (one.do === "join") return post(world, preferences, { do: "join", newsletter: slugs[one.slug] ?? "" });
  if (one.do !== "renew") return askFor(world, one);
  const last = (await world.mails()).findLast(({ confirmLink }) => confirmLink !== "");
  if (last !== undefined) await post(world, `${last.confirmLink}/renew`, {});
}

async function askFor(world: World, one: Asking): Promise<void> {
  const slug = slugs[one.slug] ?? "";
  const email = written[one.address] ?? "";
  const guard: Record<string, string> = one.guard === "slow" ? { seen: "1" } : {};
  if (one.guard === "proof") guard.altcha = payload(await challengeFor(world, [slug]));
  if (one.do === "sign-up") return post(world, "/subscribe", { newsletter: slug, email, ...guard });
  if (one.do === "ask for a link") return post(world, "/preferences", { email, ...guard });
  const manage = (await world.mails()).findLast(({ manageLink }) => manageLink !== "")?.manageLink;
  if (manage !== undefined) await post(world, manage, { do: "address", email, ...guard });
}

/** When mails left for the mailbox that anybody may have asked for, oldest first. */
async function leavings(world: World): Promise<number[]> {
  const mails = (await world.ctx.keep?.list({ limit: 10_000 })) ?? [];
  return mails
    .filter(({ to, subject }) => {
      const address = parseAddress(to);
      return address.ok && address.abuseKey === "victim@gmail.com" && !subject.startsWith("News of");
    })
    .map(({ at }) => at)
    .sort((a, b) => a - b);
}

test("whoever asks for what, in whatever order and however long nothing leaves, a mailbox gets no more than it may (DOI-22)", {
  timeout: 180_000,
}, async () => {
  let mailed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 70 }), async (steps) => {
      await using world = await openWorld({ guarded: true, instance: { remindHours: 5 } });
      for (const slug of slugs) await world.newsletter(slug);
      await world.join(reader, "tides");
      await world.send("tides", "one");
      await world.drain();
      const preferences = (await world.mails(reader)).at(-1)?.preferencesLink ?? "";
      for (const one of steps) await take(world, one, preferences);
      world.fault = () => null;
      for (let passed = 0; passed < 15 * hour; passed += 11 * minute) {
        world.advance(11 * minute);
        await world.drain();
      }
      const times = await leavings(world);
      mailed += times.length;
      times.forEach((at, place) => {
        const within = (ms: number) => times.slice(0, place + 1).filter((other) => other > at - ms).length;
        expect(within(coolDown.gap)).toBe(1);
        expect(within(day)).toBeLessThanOrEqual(coolDown.perDay);
        expect(within(30 * day)).toBeLessThanOrEqual(coolDown.perMonth);
      });
    }),
    { numRuns: Number(process.env.RUNS ?? 5), seed: Number(process.env.SEED ?? 1), endOnFailure: true },
  );
  expect(mailed).toBeGreaterThan(12);
});
