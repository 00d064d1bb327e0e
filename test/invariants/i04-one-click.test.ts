import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, type World } from "../world.ts";

// I4: one-click works with no cookie, no Origin, no auth, any body, and never answers 3xx. Each row of RULES §1.3 is a test of
// its own in test/journeys/one-click.test.ts; here are the bodies that nobody has thought of.

let world: World;
let path: string;
beforeAll(async () => {
  world = await openWorld();
  await world.newsletter("tides");
  await world.join("ada@reader.example", "tides");
  await world.send("tides", "one");
  await world.drain();
  path = new URL((await world.mails()).at(-1)?.leaveLink ?? "").pathname;
});
afterAll(() => world.close());

const types = fc.oneof(
  fc.constantFrom(
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=latin1",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    'multipart/form-data; boundary=""',
    "multipart/mixed; boundary=x",
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "message/rfc822",
  ),
  fc.string({ maxLength: 40 }).filter((text) => /^[\x21-\x7e]*$/.test(text)),
);

const bodies = fc.oneof(
  fc.constantFrom("", "List-Unsubscribe=One-Click", "--x\r\n", "--x--", "{", "null", "[1]", "%", "=&=&=", "\0"),
  fc.string({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }),
);

const extras = fc.record(
  {
    cookie: fc.constantFrom("session=stolen", ";;"),
    origin: fc.constantFrom("null", "https://evil.tld"),
    referer: fc.constantFrom("https://evil.tld/", "::"),
    authorization: fc.constantFrom("Bearer x", "Basic x"),
    "user-agent": fc.string({ maxLength: 20 }).filter((text) => /^[\x21-\x7e]*$/.test(text)),
    "sec-fetch-site": fc.constantFrom("cross-site", "none"),
    accept: fc.constantFrom("application/json", "text/html", "*/*"),
    "content-length": fc.constantFrom("0", "99999999"),
  },
  { requiredKeys: [] },
);

test("a POST with any type, body and headers is answered 200 and never redirected (I4)", async () => {
  await fc.assert(
    fc.asyncProperty(types, bodies, extras, fc.constantFrom("", "/"), async (type, body, headers, slash) => {
      const answer = await world.app.request(path + slash, {
        method: "POST",
        headers: { ...headers, "content-type": type },
        body: typeof body === "string" ? body : new Uint8Array(body),
      });
      expect(answer.status).toBe(200);
    }),
    { numRuns: 300, seed: 8058 },
  );
  const row = await world.ctx.store.db.selectFrom("subscriptions").select("status").executeTakeFirstOrThrow();
  expect(row.status).toBe("unsubscribed");
});
