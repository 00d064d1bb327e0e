import { expect, test } from "vitest";
import { type EditInstanceInput, editInstance } from "../../../src/instance/edit.ts";
import { countingApp } from "../../world/counting.ts";
import { addressIn, states, withStates } from "../states.ts";
import { ask, challengeFor, networkNo, payload } from "./asking.ts";

const suite = withStates(["tides", "ferries"]);

let next = 0;

type Fields = Record<string, string>;

/** From a network that has not asked before. */
function look(email: string, fields: Fields, json: boolean) {
  next += 1;
  const headers: Fields = json ? { accept: "application/json" } : {};
  return suite.look((app) => ask(app, networkNo(next), { email, name: "Ada", ...fields }, headers));
}

const manners: [string, EditInstanceInput, () => Promise<Fields>][] = [
  ["with the trap filled in", {}, async () => ({ subject_2: "x" })],
  ["under a forged time", {}, async () => ({ seen: "1" })],
  ["over the limit of the domain", { signupLimits: { domain: 1 } }, async () => ({})],
  ["over the limit of the newsletter", { signupLimits: { newsletter: 1 } }, async () => ({})],
  ["over the total limit", { signupLimits: { total: 1 } }, async () => ({})],
  ["under attack", { challenge: "always" }, async () => ({})],
  [
    "with a proof of work",
    { challenge: "always" },
    async () => ({ altcha: payload(await challengeFor(suite.counting)) }),
  ],
  ["with a forged proof", { challenge: "always" }, async () => ({ altcha: btoa("{}") })],
];

test.each(
  manners.flatMap(([how, settings, fields]) => [false, true].map((json) => [how, json, settings, fields] as const)),
)(
  "a sign-up %s is answered by the same bytes, statements and written rows for every state of an address, JSON: %s (I7)",
  async (_, json, settings, fields) => {
    await editInstance(suite.counting.ctx, settings);
    // Wordings and what is usual are read once, whoever asks first.
    await look("first@reader.example", await fields(), json);
    const reference = await look("unheard-of@reader.example", await fields(), json);
    expect(reference.rows).toBeGreaterThan(8);
    expect(reference.seen).toMatch(json ? /^202\n/ : /^303\n/);
    for (const state of states) expect(await look(addressIn(state), await fields(), json), state).toEqual(reference);
  },
);

test("a network over its limit is told so by the same bytes, statements and rows, whichever address it names first (I7)", async () => {
  const seen = new Set<string>();
  for (const state of states) {
    const fresh = countingApp(suite.world, { copy: true });
    try {
      await editInstance(fresh.ctx, { signupLimits: { network: 1 } });
      await ask(fresh, "192.0.2.1", { email: "first@reader.example" });
      const parts: unknown[] = [];
      // Told by the database first, then by the process.
      for (const _ of [1, 2]) {
        fresh.count();
        const answer = await ask(fresh, "192.0.2.1", { email: addressIn(state) });
        parts.push(answer.status, [...answer.headers], await answer.text(), fresh.count());
      }
      seen.add(JSON.stringify(parts));
    } finally {
      fresh.close();
    }
  }
  expect([...seen]).toHaveLength(1);
  expect([...seen][0]).toContain("429");
});
