import { expect, test } from "vitest";
import { countingApp } from "../../world/counting.ts";
import { addressIn, type State, states, withStates } from "../states.ts";
import { ask, from, networkNo } from "./asking.ts";

const suite = withStates(["tides"]);

type App = ReturnType<typeof countingApp>;

/** When the mail to an address is due, in ms UTC. */
async function dueOf({ ctx }: App, email: string): Promise<number> {
  const { due_at: due } = await ctx.store.db
    .selectFrom("notices")
    .innerJoin("subscribers", "subscribers.id", "notices.subscriber")
    .select("notices.due_at")
    .where("email_key", "=", email)
    .executeTakeFirstOrThrow();
  return due;
}

// "seen=1" is a forged time, which is enough for the slow lane.
const asking: Record<string, (app: App, email: string) => Promise<Response>> = {
  "signing it up": (app, email) => ask(app, networkNo(2), { email, seen: "1" }),
  "asking for its link": async ({ app }, email) => {
    const body = new URLSearchParams({ email, seen: "1" });
    return app.request("/preferences", { method: "POST", body }, from(networkNo(2)));
  },
  "a robot that fills in the trap": (app, email) => ask(app, networkNo(2), { email, seen: "1", subject_2: "x" }),
};

/** How far apart two mails of a spy's own wait, of whom one asked before and one after somebody's address was typed. */
async function gapAround(state: State, how: (app: App, email: string) => Promise<Response>): Promise<number> {
  const app = countingApp(suite.world, { copy: true });
  try {
    await ask(app, networkNo(1), { email: "spy1@evil.example", seen: "1" });
    expect((await how(app, addressIn(state))).status).toBe(303);
    await ask(app, networkNo(3), { email: "spy2@evil.example", seen: "1" });
    return (await dueOf(app, "spy2@evil.example")) - (await dueOf(app, "spy1@evil.example"));
  } finally {
    app.close();
  }
}

test.each(Object.keys(asking))(
  "from the places of one's own mails in the slow lane nothing is learnt by %s about who has an address (I7)",
  async (name) => {
    const gaps = new Set<number>();
    for (const state of states) gaps.add(await gapAround(state, asking[name] ?? (() => Promise.reject())));
    expect([...gaps]).toHaveLength(1);
  },
);
