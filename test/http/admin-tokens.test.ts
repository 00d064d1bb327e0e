import { expect, test } from "vitest";
import { openDesk } from "./desk.ts";

test("a token is made, used, listed without its secret, and revoked", async () => {
  await using desk = await openDesk();
  const made = await desk.call("POST", "/api/tokens", { name: "night desk", scopes: ["read"] });
  expect(made.status).toBe(201);
  const { id, secret } = made.body;
  expect((await desk.call("GET", "/api/newsletters", undefined, secret)).status).toBe(200);
  const listed = await desk.call("GET", "/api/tokens");
  expect(listed.body.tokens.at(-1)).toEqual({
    id,
    name: "night desk",
    scopes: ["read"],
    createdAt: desk.world.clock.now,
    lastUsedAt: desk.world.clock.now,
    revokedAt: null,
  });
  expect(JSON.stringify(listed.body)).not.toContain(secret);
  expect((await desk.call("POST", `/api/tokens/${id}/revoke`)).body).toEqual({ revoked: true });
  expect((await desk.call("GET", "/api/newsletters", undefined, secret)).status).toBe(401);
  expect((await desk.call("POST", "/api/tokens/999/revoke")).status).toBe(404);
});

test("a token hands on no scope that it lacks", async () => {
  await using desk = await openDesk();
  const writer = await desk.token("read", "write");
  const asked = { name: "more", scopes: ["read", "send"] };
  const answer = await desk.call("POST", "/api/tokens", asked, writer);
  expect(answer.status).toBe(403);
  expect(answer.body.error).toMatchObject({ code: "forbidden", field: "scopes" });
  expect((await desk.call("POST", "/api/tokens", { name: "less", scopes: ["read"] }, writer)).status).toBe(201);
});
