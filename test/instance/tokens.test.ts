import { expect, test } from "vitest";
import { grantToken } from "../../src/instance/grant.ts";
import { revokeToken } from "../../src/instance/revoke.ts";
import { authenticate, listTokens } from "../../src/instance/tokens.ts";
import { dump } from "../world/dump.ts";
import { minute, openWorld } from "../world.ts";

test("the first start shows one admin token of all scopes, once, and keeps its hash alone (SEC-22)", async () => {
  await using world = await openWorld();
  const secret = world.firstToken ?? "";
  expect(secret).toMatch(/^tid_[A-Za-z0-9_-]{43}$/);
  expect(await authenticate(world.ctx, secret)).toEqual(["read", "write", "send"]);
  expect(await dump(world)).not.toContain(secret);
  expect(await dump(world)).not.toContain(secret.slice(4));
});

test("a token opens what it was granted for, until it is revoked", async () => {
  await using world = await openWorld();
  const { id, secret } = await grantToken(world.ctx, { name: "desk", scopes: ["read", "read"] });
  expect(await authenticate(world.ctx, secret)).toEqual(["read"]);
  await revokeToken(world.ctx, { id });
  expect(await authenticate(world.ctx, secret)).toBeNull();
  world.advance(minute);
  await revokeToken(world.ctx, { id });
  const [, desk] = await listTokens(world.ctx);
  expect(desk).toMatchObject({ name: "desk", revokedAt: world.clock.now - minute });
});

test("a wrong, empty or changed token opens nothing", async () => {
  await using world = await openWorld();
  const secret = world.firstToken ?? "";
  for (const tried of ["", "tid_", secret.slice(0, -1), `${secret}x`, secret.toUpperCase(), "' or 1=1 --"]) {
    expect(await authenticate(world.ctx, tried)).toBeNull();
  }
});

test("when a token was last used is noted to the minute", async () => {
  await using world = await openWorld();
  const used = async () => (await listTokens(world.ctx))[0]?.lastUsedAt;
  expect(await used()).toBeNull();
  const first = world.clock.now;
  await authenticate(world.ctx, world.firstToken ?? "");
  world.advance(minute);
  await authenticate(world.ctx, world.firstToken ?? "");
  expect(await used()).toBe(first);
  world.advance(1);
  await authenticate(world.ctx, world.firstToken ?? "");
  expect(await used()).toBe(first + minute + 1);
});

test("a token needs a name and a scope that exists, and one that is not there cannot be revoked", async () => {
  await using world = await openWorld();
  for (const bad of [
    { name: "", scopes: ["read"] },
    { name: "x", scopes: [] },
    { name: "x", scopes: ["root"] },
  ]) {
    await expect(grantToken(world.ctx, bad as never)).rejects.toMatchObject({ code: "invalid" });
  }
  await expect(revokeToken(world.ctx, { id: 99 })).rejects.toMatchObject({ code: "not-found" });
});
