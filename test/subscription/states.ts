import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { type Counted, type CountingApp, countingApp } from "../world/counting.ts";
import { minute, openWorld, type World } from "../world.ts";

/** Everything that may be known of an address when someone signs it up. */
export const states = [
  "new",
  "pending",
  "waiting",
  "expired",
  "active",
  "unsubscribed",
  "complained",
  "bounced",
  "blocked",
  "blocked-here",
  "erased",
  "erased-complained",
  "exhausted",
  "tagged",
] as const;

export type State = (typeof states)[number];

/** The address that is brought into a state. */
export function addressIn(state: State): string {
  return state === "tagged" ? "exhausted+tag@reader.example" : `${state}@reader.example`;
}

/** Brings one address into each state, towards the newsletter "tides"; two weeks pass. */
async function settleStates(world: World): Promise<void> {
  const of = (state: State) => addressIn(state);
  await world.signUp(of("expired"), "tides");
  await world.drain();
  world.advance(13 * 24 * 60 * minute);
  for (const state of ["active", "unsubscribed"] as const) await world.join(of(state), "tides");
  await world.post(await leaveLink(world, of("unsubscribed")));
  for (const state of ["erased", "erased-complained"] as const) await world.join(of(state), "tides");
  await addSuppression(world.ctx, { address: of("erased-complained"), reason: "complaint" });
  await erase(world.ctx, { address: of("erased") });
  await erase(world.ctx, { address: of("erased-complained") });
  await addSuppression(world.ctx, { address: of("complained"), reason: "complaint" });
  await addSuppression(world.ctx, { address: of("bounced"), reason: "hard-bounce" });
  await addSuppression(world.ctx, { address: of("blocked") });
  await addSuppression(world.ctx, { address: of("blocked-here"), newsletter: "tides" });
  for (let time = 0; time < 4; time += 1) {
    await world.signUp(of("exhausted"), "tides");
    await world.drain();
    world.advance(11 * minute);
  }
  await world.signUp(of("pending"), "tides");
  await world.signUp(of("waiting"), "tides");
  await world.drain();
  world.advance(minute);
  await world.signUp(of("waiting"), "tides");
}

/** A request as anyone can see its answer, byte by byte, and as the database does. */
interface Seen extends Counted {
  readonly seen: string;
}

/** What the tests of one suite are given. */
interface Suite {
  /** Holds an address in each state. */
  readonly world: World;
  /** On a copy of the world's database of the test's own, so that no test sees what another has asked. */
  readonly counting: CountingApp;
  /** Sends one request to that app. */
  look(send: (counting: CountingApp) => Response | Promise<Response>): Promise<Seen>;
}

/** Opens a world with these newsletters for the suite that calls, "tides" among them, and an app for each of its tests. */
export function withStates(newsletters: readonly string[]): Suite {
  let world: World | undefined;
  let counting: CountingApp | undefined;
  const suite: Suite = {
    get world() {
      return opened(world);
    },
    get counting() {
      return opened(counting);
    },
    look: async (send) => {
      suite.counting.count();
      const answer = await send(suite.counting);
      return { seen: await textOf(answer), ...suite.counting.count() };
    },
  };
  beforeAll(async () => {
    world = await openWorld();
    for (const slug of newsletters) await world.newsletter(slug);
    await settleStates(world);
  });
  afterAll(() => world?.close());
  beforeEach(() => {
    counting = countingApp(suite.world, { copy: true });
  });
  afterEach(() => counting?.close());
  return suite;
}

function opened<T>(one: T | undefined): T {
  if (one === undefined) throw new Error("it is opened for tests, and none is running");
  return one;
}

async function textOf(answer: Response): Promise<string> {
  const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
  return [answer.status, ...headers, "", await answer.text()].join("\n");
}

/** A leave link for a reader of "tides", out of an issue. */
async function leaveLink(world: World, address: string): Promise<string> {
  await world.send("tides", `for-${address.split("@")[0]}`);
  await world.drain();
  return (await world.mails(address)).at(-1)?.leaveLink ?? "";
}
