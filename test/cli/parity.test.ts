import { afterAll, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { grantToken } from "../../src/instance/grant.ts";
import { serve } from "../../src/node/serve.ts";
import { issueFile, openStage } from "./stage.ts";

const stage = await openStage();
const { world, environment } = stage;
await world.newsletter("morning");
await world.newsletter("weekend");
await world.join("ada@example.org", ["morning", "weekend"]);
await world.signUp("bram@example.org", "morning");
await stage.json("newsletter", "edit", "weekend", "--status", "paused");
await world.send("morning", "first");
await world.drain();
const { secret } = await grantToken(world.ctx, { name: "parity", scopes: ["read", "write", "send"] });
const running = await serve(readConfig({ ...environment, TIDINGS_PORT: "0", TIDINGS_LOG: "silent" }));
afterAll(async () => {
  await running.stop();
  world.close();
});

const good = stage.file("good.md", issueFile("good"));
const bad = stage.file("bad.md", issueFile("bad", { newsletter: "evening" }));
const agreed = ["--expect", "1", "--as-of", new Date(world.clock.now).toISOString()];

/** Each leaves the database as the next expects it, whoever runs it. */
const calls: readonly (readonly string[])[] = [
  ["token", "list"],
  ["newsletter", "list"],
  ["newsletter", "list", "--status", "open"],
  ["newsletter", "show", "morning"],
  ["newsletter", "show", "mourning"],
  ["newsletter", "edit", "morning", "--pitch", "Another pitch."],
  ["newsletter", "edit", "morning", "--language", "no language"],
  [
    "newsletter",
    "create",
    "--slug",
    "morning",
    "--name",
    "N",
    "--pitch",
    "P",
    "--sender-name",
    "S",
    "--sender-address",
    "s@example.org",
  ],
  ["newsletter", "create", "--slug", "No"],
  ["subscriber", "list"],
  ["subscriber", "list", "--limit", "1"],
  ["subscriber", "list", "--newsletter", "evening"],
  ["subscriber", "show", "ada@example.org"],
  ["subscriber", "show", "nobody@example.org"],
  ["suppression", "add", "bram@example.org", "--newsletter", "weekend"],
  ["suppression", "remove", "bram@example.org", "--newsletter", "weekend"],
  ["suppression", "remove", "bram@example.org", "--newsletter", "weekend"],
  ["suppression", "list"],
  ["instance", "show"],
  ["instance", "set", "--site", "The Courier"],
  ["instance", "set", "--contact", "no address"],
  ["instance", "set", "--time-zone", "Europe/Kyiv"],
  ["issue", "lint", good],
  ["issue", "lint", bad],
  ["issue", "test", bad, "--to", "desk@example.org"],
  ["issue", "send", good, "--dry-run", ...agreed],
  ["issue", "send", bad, "--dry-run"],
  ["issue", "send", good],
  ["issue", "send", good, "--yes", "--expect", "7", ...agreed.slice(2)],
  ["issue", "send", "morning/first"],
  ["issue", "send", "morning/none"],
  ["issue", "schedule", good, "--at", "2026-01-01 7:30", "--yes"],
  ["issue", "schedule", good, "--at", "soon", "--yes"],
  ["issue", "schedule", "morning/first", "--at", "in 2h", "--yes"],
  ["issue", "recall", "morning/good"],
  ["issue", "recall", "morning/first"],
  ["instance", "release"],
  ["issue", "list"],
  ["issue", "status", "morning/first"],
  ["issue", "status"],
  ["issue", "status", "morning/first", "--verify"],
  ["issue", "status", "morning/first", "--reader", "ada@example.org"],
  ["issue", "status", "morning/first", "--watch"],
  ["issue", "pause", "morning/first"],
  ["issue", "resume", "morning/first"],
  ["issue", "cancel", "morning/first"],
  ["issue", "cancel", "morning/good", "--yes"],
  ["issue", "retry", "--failed", "morning/first"],
  ["issue", "resolve", "morning/first"],
  ["issue", "resolve", "morning/first", "--in-doubt", "sent", "--yes", "--expect", "1"],
  ["token", "revoke", "99"],
  ["erase", "ada@example.org", "--dry-run"],
  ["erase", "nobody@example.org", "--yes"],
  ["newsletter", "list", "--before", "x"],
];

/** Every second write finds what the first one left, so both ways run a call twice and the second time is compared. */
async function twice(argv: readonly string[], remote: boolean) {
  const flags = remote ? ["--server", running.url] : [];
  const more = remote ? { TIDINGS_TOKEN: secret } : {};
  const run = () => stage.tidings([...argv, ...flags], { environment: more });
  await run();
  return run();
}

test.each(
  calls.flatMap((argv) => [
    [argv.map(named), argv],
    [
      [...argv.map(named), "--json"],
      [...argv, "--json"],
    ],
  ]),
)("tidings %j says the same to a database here and to a server", async (_, argv) => {
  const remote = await twice(argv, true);
  const local = await twice(argv, false);
  expect(local).toEqual(remote);
  expect(local.out + local.err).not.toBe("");
});

function named(word: string): string {
  return word.replace(world.folder, "…").replace(/^\d{4}-.*Z$/, "TIME");
}

test("a send by a server ends as one here does", async () => {
  const sent = [];
  for (const [slug, remote] of [
    ["here", false],
    ["there", true],
  ] as const) {
    const file = stage.file(`${slug}.md`, issueFile(slug));
    const flags = remote ? ["--server", running.url] : [];
    const environmentOf = remote ? { TIDINGS_TOKEN: secret } : {};
    sent.push(
      await stage.tidings(["issue", "send", file, "--yes", ...agreed, ...flags], { environment: environmentOf }),
    );
  }
  const [here, there] = sent.map(({ code, out }) => ({ code, out: out.replaceAll(/\b(?:t?here)\b/g, "SLUG") }));
  expect(here?.code).toBe(0);
  expect(there).toEqual(here);
});
