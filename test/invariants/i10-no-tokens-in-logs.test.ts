import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { grantToken } from "../../src/instance/grant.ts";
import { testIssue } from "../../src/issue/test.ts";
import { tick } from "../../src/jobs.ts";
import { openFile } from "../../src/node/engine.ts";
import { erase } from "../../src/subscription/erase.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { dump } from "../world/dump.ts";
import { day, minute, openWorld, type World } from "../world.ts";

// I10: raw tokens, API keys and full addresses are absent from logs, and tokens are absent from the database.

let world: World;
/** What opens something to a reader or an admin. */
let secrets: string[];
/** What opens a draft. It stands in the compiled test mail, beside the draft itself, so the database is not searched for it. */
let previews: string[];
const addresses = ["ada", "bea", "cyd", "editor"].map((name) => `${name}@reader.example`);

beforeAll(async () => {
  world = await openWorld({ instance: { keepOutboxDays: 3_650 } });
  await wholeLoop();
  const links = (await world.mails()).flatMap((mail) => mail.links);
  const tokens = links.flatMap((link) => /\/(?:confirm|u|p)\/([A-Za-z0-9]+)/.exec(link)?.[1] ?? []);
  previews = links.flatMap((link) => /[?&]preview=([A-Za-z0-9]+)/.exec(link)?.[1] ?? []);
  const { secret } = await grantToken(world.ctx, { name: "desk", scopes: ["read"] });
  secrets = [...new Set([...tokens, world.firstToken ?? "", secret])];
});
afterAll(() => world.close());

/** Everything that can happen, with everything going wrong that can. */
async function wholeLoop(): Promise<void> {
  await world.newsletter("tides", { welcome: "Welcome." });
  for (const address of addresses.slice(0, 3)) await world.join(address, "tides");
  world.fault = () => ({ result: "unsure", reason: "no answer about ada@reader.example from the provider" });
  await world.send("tides", "one");
  await world.drain();
  world.fault = () => ({ result: "rejected", reason: `Invalid \`to\` field: <bea@reader.example>` });
  for (let minutes = 0; minutes < 20; minutes += 1) {
    world.advance(minute);
    await world.drain();
    if (minutes === 5) world.fault = () => null;
  }
  await world.signUp("ada@reader.example", "tides");
  await testIssue(world.ctx, {
    source: "---\nnewsletter: tides\nsubject: Try\nslug: try\n---\n\nText.\n",
    to: "editor@reader.example",
  });
  await world.drain();
  await failEveryPage();
  const leave = (await world.mails("cyd@reader.example")).findLast((mail) => mail.leaveLink !== "")?.leaveLink ?? "";
  await world.post(leave);
  await addSuppression(world.ctx, { address: "bea@reader.example", reason: "complaint" });
  await erase(world.ctx, { address: "cyd@reader.example" });
  world.advance(60 * day);
  await tick(world.ctx);
}

/** A broken template of the site turns every page of every link into a failure, which is logged. */
async function failEveryPage(): Promise<void> {
  const folder = join(world.config.templates, "page");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "layout.html.liquid"), "{% if %}");
  const links = (await world.mails()).flatMap((mail) => [mail.confirmLink, mail.leaveLink, mail.preferencesLink]);
  for (const link of links.filter((one) => one !== "")) {
    for (const method of ["GET", "POST"]) await world.app.request(new URL(link).pathname, { method });
    expect((await world.get(`${link}?token=x`)).status).toBeGreaterThanOrEqual(500);
  }
  const preview =
    (await world.mails("editor@reader.example")).at(-1)?.links.find((link) => link.includes("preview=")) ?? "";
  expect((await world.get(preview)).status).toBeGreaterThanOrEqual(500);
  writeFileSync(
    join(folder, "layout.html.liquid"),
    readFileSync(join(import.meta.dirname, "../../templates/page/layout.html.liquid")),
  );
}

test("there are tokens of every kind to look for, and lines to look in (I10)", () => {
  expect(secrets.length).toBeGreaterThan(8);
  expect(previews.length).toBeGreaterThan(0);
  expect(world.logged.length).toBeGreaterThan(10);
  expect(world.logged.some((line) => line.includes("request.failed"))).toBe(true);
});

test("no log line holds a token (I10)", () => {
  const lines = world.logged.join("\n");
  expect([...secrets, ...previews].filter((secret) => lines.includes(secret))).toEqual([]);
});

test("no log line holds a whole address (I10)", () => {
  const lines = world.logged.join("\n");
  expect(lines).toContain("…@reader.example");
  expect(addresses.filter((address) => lines.includes(address))).toEqual([]);
});

test("no byte of the database holds a token (I10, DOI-02)", async () => {
  const rows = await dump(world);
  const connection = openFile(world.config.database);
  connection.pragma("wal_checkpoint(TRUNCATE)");
  connection.close();
  const bytes = readFileSync(world.config.database, "latin1");
  expect(secrets.filter((secret) => rows.includes(secret) || bytes.includes(secret))).toEqual([]);
});
