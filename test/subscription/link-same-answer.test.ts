import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type CountingApp, countingApp } from "../world/counting.ts";
import { openWorld, type World } from "../world.ts";
import { addressIn, settleStates, states } from "./states.ts";

describe("the answer to whoever asks for the link of an address", () => {
  let world: World;
  let counting: CountingApp;
  beforeAll(async () => {
    world = await openWorld();
    await world.newsletter("tides");
    await settleStates(world);
  });
  afterAll(() => world.close());
  beforeEach(() => {
    counting = countingApp(world, { copy: true });
  });
  afterEach(() => counting.close());

  async function ask(email: string) {
    counting.count();
    const answer = await counting.app.request("/preferences", { method: "POST", body: new URLSearchParams({ email }) });
    const headers = [...answer.headers].map(([name, value]) => `${name}: ${value}`);
    return { seen: [answer.status, ...headers, "", await answer.text()].join("\n"), ...counting.count() };
  }

  test("has the same bytes, statements and number of written rows for every state of an address (I7)", async () => {
    await ask("first@reader.example");
    const reference = await ask("unheard-of@reader.example");
    expect(reference.rows).toBeGreaterThan(2);
    for (const state of states) expect(await ask(addressIn(state)), state).toEqual(reference);
  });

  test("means what it should for each", async () => {
    const meant: Record<string, string | null> = {};
    for (const state of states) {
      await ask(addressIn(state));
      const row = await counting.ctx.store.db
        .selectFrom("notices")
        .select(["kind", "state", "reason"])
        .orderBy("id", "desc")
        .executeTakeFirstOrThrow();
      meant[state] = row.state === null ? row.kind : row.reason;
    }
    expect(meant).toEqual({
      ...{ new: "unknown", pending: "unknown", waiting: "unknown", expired: "unknown" },
      ...{ active: "link", unsubscribed: "link", complained: "unknown", bounced: "unknown" },
      ...{ blocked: "unknown", "blocked-here": "unknown", erased: "unknown", "erased-complained": "unknown" },
      ...{ exhausted: "unknown", tagged: "unknown" },
    });
  });
});
