import { expect, test } from "vitest";
import { openDesk } from "./desk.ts";

test("an address is suppressed once, listed and let go", async () => {
  await using desk = await openDesk();
  await desk.world.newsletter("morning");
  const everywhere = { address: "ada@example.org" };
  const one = { address: "ada@example.org", newsletter: "morning", reason: "complaint", origin: "by phone" };
  expect((await desk.call("POST", "/api/suppressions", everywhere)).body).toEqual({ added: true });
  expect((await desk.call("POST", "/api/suppressions", everywhere)).body).toEqual({ added: false });
  expect((await desk.call("POST", "/api/suppressions", one)).body).toEqual({ added: true });
  const { suppressions, next } = (await desk.call("GET", "/api/suppressions")).body;
  const at = desk.world.clock.now;
  expect(suppressions).toMatchObject([
    { address: "ada@example.org", newsletter: "morning", reason: "complaint", origin: "by phone", at },
    { address: "ada@example.org", newsletter: null, reason: "manual", origin: "admin", at },
  ]);
  expect(next).toBeNull();
  expect((await desk.call("POST", "/api/suppressions/remove", everywhere)).body).toEqual({ removed: true });
  expect((await desk.call("POST", "/api/suppressions/remove", everywhere)).status).toBe(404);
  expect((await desk.call("GET", "/api/suppressions")).body.suppressions).toHaveLength(1);
});

test("suppressions come in pages, newest first", async () => {
  await using desk = await openDesk();
  for (const name of ["a", "b", "c"]) await desk.call("POST", "/api/suppressions", { address: `${name}@example.org` });
  const first = (await desk.call("GET", "/api/suppressions?limit=2")).body;
  expect(first.suppressions.map((one: { address: string }) => one.address)).toEqual(["c@example.org", "b@example.org"]);
  const second = (await desk.call("GET", `/api/suppressions?limit=2&before=${first.next}`)).body;
  expect(second.suppressions.map((one: { address: string }) => one.address)).toEqual(["a@example.org"]);
});
