import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../world.ts";

// I8: no user-supplied text appears in mail sent to an unconfirmed address.

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.newsletter("tides");
});
afterAll(() => world.close());

let reader = 0;

/** The confirmation mail that a form brings: as it goes on the wire, and as it is read, without what is the reader's own. */
async function confirmationAfter(fields: Record<string, string>): Promise<{ wire: string; read: string }> {
  reader += 1;
  const address = `r${reader}@reader.example`;
  await world.signUp(address, "tides", fields);
  await world.drain();
  const [mail, ...others] = await world.mails(address);
  expect(others).toEqual([]);
  if (mail === undefined) throw new Error("no confirmation mail came");
  const read = [mail.subject, mail.from.name, mail.from.address, mail.text, mail.html].join("\n");
  return {
    wire: `${new TextDecoder().decode(mail.raw)}\n${read}`,
    read: read.replaceAll(address, "").replaceAll(mail.confirmLink, ""),
  };
}

test("of a form filled with a lure, no word is in the confirmation mail (I8)", async () => {
  const lure = "Buy now http://evil.tld";
  const fields = Object.fromEntries(
    ["name", "form", "page", "referer", "subject", "text", "wording"].map((key) => [key, lure]),
  );
  const mail = await confirmationAfter(fields);
  for (const word of ["Buy now", "evil.tld"]) expect(mail.wire).not.toContain(word);
});

test("whatever is typed as a name, the confirmation mail is the same as without one (I8)", async () => {
  const { read: plain } = await confirmationAfter({});
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), async (name) => {
      expect((await confirmationAfter({ name })).read).toBe(plain);
    }),
    { numRuns: 40, seed: 8 },
  );
});
