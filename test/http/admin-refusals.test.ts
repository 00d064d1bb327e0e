import { afterAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { longestRequest } from "../../src/http/guard.ts";
import { openDesk, operatorToken } from "./desk.ts";

const desk = await openDesk();
afterAll(() => desk.world.close());
const authorization = `Bearer ${operatorToken}`;

describe("the admin API refuses in one shape", () => {
  test("an address that it does not have, with and without a token", async () => {
    for (const path of ["/api", "/api/", "/api/nothing", "/api/newsletters/a/b/c"]) {
      const answer = await desk.call("GET", path, undefined, null);
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ error: { code: "not-found", message: "The API has no such address." } });
    }
  });

  test("a method that an address does not take", async () => {
    const answer = await desk.call("DELETE", "/api/newsletters");
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toBe("GET, HEAD, POST");
    expect(answer.body.error.code).toBe("refused");
  });

  test("fields that are missing, wrong or unknown, all of them at once", async () => {
    const answer = await desk.call("POST", "/api/newsletters", { slug: "No Slug", nme: "x", pitch: "p" });
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ code: "invalid", field: "slug" });
    expect(answer.body.error.faults).toEqual(
      expect.arrayContaining([
        { field: "slug", message: "must be lower-case letters, digits and hyphens, at most 80" },
        { field: "name", message: "is missing" },
        { field: "senderName", message: "is missing" },
        { field: "nme", message: "is not a field here" },
      ]),
    );
  });

  test("a query that does not fit", async () => {
    const answer = await desk.call("GET", "/api/subscribers?limit=501");
    expect(answer.status).toBe(422);
    expect(answer.body.error.field).toBe("limit");
  });

  test.each([
    ["JSON that is damaged", "{", "application/json", "The request's JSON is damaged."],
    ["another type than JSON", "a=b", "application/x-www-form-urlencoded", /^Send JSON/],
    ["no type at all", new TextEncoder().encode("{}"), null, /^Send JSON/],
  ])("%s", async (_, sent, type, message) => {
    const headers = new Headers({ authorization, ...(type === null ? {} : { "content-type": type }) });
    const response = await desk.app.request("/api/newsletters", { method: "POST", headers, body: sent });
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    expect(response.status).toBe(422);
    expect(error.code).toBe("invalid");
    expect(error.message).toMatch(message);
  });

  test("what a verb refuses, with field and hint", async () => {
    await desk.world.newsletter("harbour");
    const answer = await desk.call("GET", "/api/newsletters/harbor");
    expect(answer.status).toBe(404);
    expect(answer.body.error).toEqual({
      code: "not-found",
      message: 'There is no newsletter "harbor".',
      field: "newsletter",
      hint: "Did you mean harbour?",
    });
  });
});

describe("requests that are too large", () => {
  const source = (size: number) => ({ source: "x".repeat(size) });

  test("are refused on every address, by their length", async () => {
    const most = longestRequest.other;
    const answer = await desk.call("POST", "/api/suppressions", { address: "x".repeat(most) });
    expect(answer.status).toBe(413);
    expect(answer.body.error).toEqual({ code: "too-large", message: "The request has more than 64 kB." });
  });

  test("may be large where an issue is sent, up to 2 MB", async () => {
    expect((await desk.call("POST", "/api/issues/lint", source(1_500_000))).status).toBe(200);
    expect((await desk.call("POST", "/api/issues/lint", source(longestRequest.issue))).status).toBe(413);
  });

  test("are refused as well when their length is not told", async () => {
    const chunk = new TextEncoder().encode("x".repeat(16_384));
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(chunk);
      },
    });
    const headers = { authorization, "content-type": "application/json" };
    const init = { method: "POST", headers, body, duplex: "half" };
    const response = await desk.app.request(new Request("http://localhost/api/suppressions", init));
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });

  test("are not read to their end where their sender hangs up, which is no failure of ours", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("aborted")) });
    const headers = { authorization, "content-type": "application/json" };
    const init = { method: "POST", headers, body, duplex: "half" };
    const response = await desk.app.request(new Request("http://localhost/api/suppressions", init));
    expect(response.status).toBe(422);
    expect(desk.world.logged.filter((line) => line.includes("aborted"))).toEqual([]);
  });

  test("are not read at all without a token", async () => {
    const answer = await desk.call("POST", "/api/issues/lint", source(longestRequest.issue), null);
    expect(answer.status).toBe(401);
  });
});

describe("every answer of the admin API", () => {
  test.each([
    ["a result", "/api/newsletters", operatorToken],
    ["a refusal", "/api/newsletters/none", operatorToken],
    ["a missing token", "/api/newsletters", null],
    ["an address that is not there", "/api/nothing", null],
    ["the document", "/api/openapi.json", null],
  ])("%s is kept by nobody and open to no page of another site", async (_, path, token) => {
    const { headers } = await desk.call("GET", path, undefined, token);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-type")).toMatch(/^application\/json/);
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  });

  test("a preflight from another site gets no leave", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const response = await desk.app.request("/api/newsletters", { method: "OPTIONS", headers });
    expect(response.ok).toBe(false);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("the operator's token", () => {
  test("opens nothing in another process", async () => {
    const other = createApp(desk.world.ctx, { operatorToken: "another" });
    expect((await other.request("/api/newsletters", { headers: { authorization } })).status).toBe(401);
  });

  test("is not there unless it is asked for", async () => {
    const response = await desk.world.app.request("/api/newsletters", { headers: { authorization } });
    expect(response.status).toBe(401);
  });
});

test("a bug answers 500 without a word about itself, and the log has the details", async () => {
  await using broken = await openDesk();
  await broken.world.ctx.store.commit(
    broken.world.ctx.store.db.deleteFrom("instance"),
    broken.world.ctx.store.db.schema.dropTable("suppressions"),
  );
  const answer = await broken.call("GET", "/api/suppressions");
  expect(answer.status).toBe(500);
  expect(answer.body).toEqual({
    error: { code: "internal", message: "Something went wrong inside Tidings; its log says what." },
  });
  expect(broken.world.logged.join("\n")).toContain("no such table: suppressions");
});
