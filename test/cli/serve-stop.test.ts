import { expect, test } from "vitest";
import { holdingProvider } from "./holding.ts";
import { type Spawned, spawnTidings } from "./spawned.ts";
import { addReaders, openStage, type Stage } from "./stage.ts";

/** A server in the middle of an issue: one batch of a hundred is on its way, two mails still wait. */
async function sending(stage: Stage, url: string): Promise<Spawned> {
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 102);
  await stage.world.send("morning", "one");
  return spawnTidings(["serve"], environment(stage, url));
}

function environment(stage: Stage, url: string): Record<string, string> {
  return {
    ...stage.environment,
    TIDINGS_PROVIDER: "resend",
    TIDINGS_OUTBOX_TOKEN: "",
    RESEND_API_KEY: "re_test",
    RESEND_BASE_URL: url,
    TIDINGS_PARALLEL: "1",
    TIDINGS_PORT: "0",
    TIDINGS_LOG: "silent",
  };
}

const states = async ({ world }: Stage) =>
  world.ctx.store.db
    .selectFrom("batches")
    .select(["state", "size", "holder"])
    .where("lane", "=", 1)
    .orderBy("id")
    .execute();

test("SIGTERM finishes the batch in flight, takes no further one, and the next start sends the rest (REL-15)", async () => {
  await using provider = await holdingProvider();
  await using stage = await openStage();
  const server = await sending(stage, provider.url);
  await provider.batches(1);
  server.child.kill("SIGTERM");
  await server.printed("Stopping: what is in flight is finished first.");
  expect(server.child.exitCode).toBeNull();
  expect(await states(stage)).toMatchObject([{ state: "claimed", size: 100 }, { state: "planned" }]);
  provider.held[0]?.answer();
  expect(await server.ended).toMatchObject({ code: 0, signal: null });
  expect(server.err()).toContain("Stopped.");
  expect(await states(stage)).toMatchObject([
    { state: "accepted", size: 100 },
    { state: "planned", size: 2, holder: null },
  ]);
  expect(provider.held).toHaveLength(1);

  const next = spawnTidings(["serve"], environment(stage, provider.url));
  await provider.batches(2);
  next.child.kill("SIGTERM");
  provider.held[1]?.answer();
  expect(await next.ended).toMatchObject({ code: 0 });
  expect(provider.held.map(({ size }) => size)).toEqual([100, 2]);
  expect(await states(stage)).toMatchObject([{ state: "accepted" }, { state: "accepted" }]);
});

test("a second signal ends it at once, and the batch stays with its lease, to be repeated unchanged", async () => {
  await using provider = await holdingProvider();
  await using stage = await openStage();
  const server = await sending(stage, provider.url);
  await provider.batches(1);
  server.child.kill("SIGTERM");
  await server.printed("Once more stops at once.");
  server.child.kill("SIGTERM");
  expect(await server.ended).toMatchObject({ code: null, signal: "SIGTERM" });
  const rows = await stage.world.ctx.store.db
    .selectFrom("batches")
    .select(["state", "payload_hash"])
    .where("lane", "=", 1)
    .execute();
  expect(rows[0]).toMatchObject({ state: "claimed", payload_hash: expect.stringMatching(/^strict:[0-9a-f]{64}$/) });
});
