import { describe, expect, test } from "vitest";
import { parseAddress } from "../../src/mail/address.ts";
import { mailLink } from "../../src/subscription/link-mail.ts";
import { stranger } from "../../src/subscription/visit.ts";
import { countingApp } from "../world/counting.ts";
import { addressIn, states, withStates } from "./states.ts";

const suite = withStates(["tides"]);

describe("the answer to whoever asks for the link of an address", () => {
  const ask = (email: string) =>
    suite.look(({ app }) => app.request("/preferences", { method: "POST", body: new URLSearchParams({ email }) }));

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
      const row = await suite.counting.ctx.store.db
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

test("a new address that a reader asks for costs the same statements and written rows, whoever has it (I7)", async () => {
  const seen = new Set<string>();
  for (const state of states) {
    const fresh = countingApp(suite.world, { copy: true });
    try {
      const { id } = await fresh.ctx.store.db
        .selectFrom("subscribers")
        .select("id")
        .where("email_key", "=", addressIn("unsubscribed"))
        .executeTakeFirstOrThrow();
      const asked = { kind: "address", subscriber: id, lasts: 1_000, visit: stranger } as const;
      for (const email of [addressIn(state), "other@reader.example", addressIn(state)]) {
        const address = parseAddress(email, { allowReserved: true });
        if (!address.ok) throw new Error(`${email} is no address`);
        fresh.count();
        expect(await mailLink(fresh.ctx, { ...asked, address })).toEqual({ outcome: "sent" });
        seen.add(`${email === addressIn(state)} ${JSON.stringify(fresh.count())}`);
      }
    } finally {
      fresh.close();
    }
  }
  // Asked for first, after it another one, and again: the second ends the first, and the third the second.
  expect(seen.size).toBe(3);
});
