import { expect, test } from "vitest";
import { holdingProvider } from "./holding.ts";
import { spawnTidings } from "./spawned.ts";
import { addReaders, issueFile, openStage } from "./stage.ts";

async function ready(provider: { url: string }) {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 102);
  const environment = {
    ...stage.environment,
    TIDINGS_PROVIDER: "resend",
    RESEND_API_KEY: "re_test",
    RESEND_BASE_URL: provider.url,
    TIDINGS_PARALLEL: "1",
  };
  const file = stage.file("one.md", issueFile("one"));
  const argv = ["issue", "send", file, "--yes", "--expect", "102", "--as-of", new Date().toISOString()];
  return { stage, environment, argv };
}

async function sending(provider: { url: string }) {
  const { stage, environment, argv } = await ready(provider);
  return { stage, environment, argv, tidings: spawnTidings(argv, environment) };
}

test("Ctrl-C finishes what is in flight, says that nothing is sending now, and the same command goes on", async () => {
  await using provider = await holdingProvider();
  const { stage, environment, argv, tidings } = await sending(provider);
  await using _ = stage;
  await provider.batches(1);
  tidings.child.kill("SIGINT");
  await tidings.printed("Stopping: what is in flight is finished first.");
  provider.held[0]?.answer();
  const { code, out, err } = await tidings.ended;
  expect([code, out]).toEqual([130, ""]);
  expect(err).toContain("100 mails accepted so far; nothing is sending now. ");
  expect(err).toContain("Go on with: tidings issue send morning/one");
  expect(provider.held).toHaveLength(1);

  const again = spawnTidings(argv, environment);
  await provider.batches(2);
  provider.held[1]?.answer();
  const ended = await again.ended;
  expect(ended).toMatchObject({ code: 0 });
  expect(ended.err).toContain("Going on with morning/one, which was sending.");
  expect(ended.out).toContain("102 = 102 accepted");
  expect(provider.held.map(({ size }) => size)).toEqual([100, 2]);
});

test("a second Ctrl-C ends the command at once", async () => {
  await using provider = await holdingProvider();
  const { stage, tidings } = await sending(provider);
  await using _ = stage;
  await provider.batches(1);
  tidings.child.kill("SIGINT");
  await tidings.printed("Once more stops at once.");
  tidings.child.kill("SIGINT");
  expect(await tidings.ended).toMatchObject({ code: null, signal: "SIGINT", out: "" });
});

test("with JSON asked for, the interruption is told as JSON on standard error", async () => {
  await using provider = await holdingProvider();
  const { stage, environment, argv } = await ready(provider);
  await using _ = stage;
  const pressed = new AbortController();
  const ended = stage.tidings([...argv, "--json"], { environment, interrupt: pressed.signal });
  await provider.batches(1);
  pressed.abort();
  provider.held[0]?.answer();
  const { code, out, err } = await ended;
  expect([code, out]).toEqual([130, ""]);
  expect(JSON.parse(err).error).toMatchObject({ code: "interrupted" });
  expect(provider.held).toHaveLength(1);
});
