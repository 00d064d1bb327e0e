import { expect, test } from "vitest";
import { addressIn, states, withStates } from "./states.ts";

const suite = withStates(["tides", "ferries"]);

type Ask = (email: string, slugs: readonly string[]) => RequestInit;

const asForm: Ask = (email, slugs) => ({
  method: "POST",
  body: new URLSearchParams([["email", email], ["name", "Ada"], ...slugs.map((slug) => ["newsletter", slug])]),
});

const asJson: Ask = (email, newsletters) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ email, newsletters }),
});

const ask = (init: RequestInit) => suite.look(({ app }) => app.request("/subscribe", init));

test.each([
  ["a form", asForm, ["tides"]],
  ["a form for two newsletters", asForm, ["tides", "ferries"]],
  ["a program", asJson, ["tides"]],
] as const)(
  "%s gets the same bytes, by the same statements and as many written rows, for every state of an address (I7, DOI-20)",
  async (_, how, slugs) => {
    // The wording itself is written once, whoever asks first.
    await ask(how("first@reader.example", slugs));
    const reference = await ask(how("unheard-of@reader.example", slugs));
    expect(reference.rows).toBeGreaterThan(4);
    for (const state of states) expect(await ask(how(addressIn(state), slugs)), state).toEqual(reference);
  },
);

test("what is owed differs all the same, so the states are what they are called", async () => {
  for (const state of states) await ask(asForm(addressIn(state), ["tides"]));
  const rows = await suite.counting.ctx.store.db
    .selectFrom("notices as n")
    .innerJoin("subscribers as p", "p.id", "n.subscriber")
    .select(["p.email", "n.kind", "n.state", "n.reason"])
    .orderBy("n.id")
    .execute();
  const last = new Map(rows.map((row) => [row.email, row.state === null ? row.kind : `${row.state}: ${row.reason}`]));
  expect(Object.fromEntries(states.map((state) => [state, last.get(addressIn(state))]))).toEqual({
    new: "confirmation",
    // Both were asked a moment ago, and the mail of then says it all.
    pending: "skipped: cool-down",
    waiting: "skipped: cool-down",
    expired: "confirmation",
    active: "already",
    unsubscribed: "confirmation",
    complained: "skipped: suppressed",
    bounced: "skipped: suppressed",
    blocked: "skipped: suppressed",
    "blocked-here": "skipped: suppressed",
    erased: "confirmation",
    "erased-complained": "skipped: suppressed",
    exhausted: "skipped: cool-down",
    tagged: "skipped: cool-down",
  });
});
