import { expect, test } from "vitest";
import { openSite } from "./site.ts";

const filler = "x".repeat(17_000);

test("a body over 16 KB is refused by its announced length", async () => {
  const site = await openSite();
  const body = new URLSearchParams({ email: "ana@harbour.example", newsletter: "morning-tide", filler });
  const answer = await site.app.request("/subscribe", { method: "POST", body });
  expect(answer.status).toBe(413);
  expect(await answer.text()).toContain("That was too much");
});

test("a chunked body over 16 KB is refused while it comes in, and the rest is not read", async () => {
  const site = await openSite();
  let pulled = 0;
  const body = new ReadableStream({
    pull(controller) {
      pulled += 1;
      if (pulled > 1000) controller.close();
      else controller.enqueue(new TextEncoder().encode("x=".padEnd(1000, "y")));
    },
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await site.app.request("/subscribe", { method: "POST", headers, body, duplex: "half" } as RequestInit);
  expect(answer.status).toBe(413);
  expect(pulled).toBeLessThan(40);
});

test.each([
  ["application/json", "{", 400],
  ["application/json", "[]", 400],
  ["application/json", "null", 400],
  ["application/json", '"text"', 400],
  ["multipart/form-data", "no boundary", 400],
  ["multipart/form-data; boundary=x", "--x\r\nbroken", 400],
  ["text/plain", "email=ana@harbour.example", 415],
  ["application/xml", "<a/>", 415],
] as const)("%s with %j is answered %i", async (type, body, status) => {
  const site = await openSite();
  const before = await site.dump();
  const answer = await site.app.request("/subscribe", { method: "POST", headers: { "content-type": type }, body });
  expect(answer.status).toBe(status);
  expect(await site.dump()).toBe(before);
});

test("bytes that are not UTF-8 are refused in JSON", async () => {
  const site = await openSite();
  const headers = { "content-type": "application/json" };
  const body = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
  expect((await site.app.request("/subscribe", { method: "POST", headers, body })).status).toBe(400);
});

test("other methods are refused with the one that works", async () => {
  const site = await openSite();
  for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
    const answer = await site.app.request("/subscribe", { method });
    expect(answer.status, method).toBe(405);
    expect(answer.headers.get("allow"), method).toBe("POST");
  }
});

test("a sender that hangs up is a form that cannot be read, and leaves no failure in the log", async () => {
  const site = await openSite();
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("email=ana%40")),
    pull: (controller) => controller.error(new Error("aborted")),
  });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await site.app.request("/subscribe", { method: "POST", headers, body, duplex: "half" } as RequestInit);
  expect(answer.status).toBe(400);
  expect(site.logged.filter((line) => line.includes("failed"))).toEqual([]);
});
