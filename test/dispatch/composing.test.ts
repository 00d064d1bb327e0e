import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { onDisk } from "../world/platform.ts";
import { newsletter, type Office, openOffice } from "./post.ts";

/** A bug that strikes while mails of an issue are made. */
function breakProvider(office: Office): () => void {
  const { provider } = office.ctx;
  const issue = () => {
    throw new Error("a bug in the composer");
  };
  Object.assign(office.ctx, { provider: { ...provider, issue } });
  return () => void Object.assign(office.ctx, { provider });
}

test("an issue that cannot be composed is paused with the error, its batch as it was, and can be sent on", async () => {
  const office = await openOffice({ readers: 150 });
  const mend = breakProvider(office);
  await office.start();
  await office.drain();
  const { issue, sums } = await office.status();
  expect(issue).toMatchObject({
    status: "paused",
    stopReason: "composing",
    error: "The mails of this issue cannot be composed: a bug in the composer",
  });
  expect(sums).toMatchObject({ open: 150, failed: 0, inDoubt: 0 });
  expect((await office.batches()).map((batch) => [batch.state, batch.payload_hash])).toEqual([
    ["planned", null],
    ["planned", null],
  ]);
  expect(office.logged.filter((line) => line.includes("issue cannot be composed"))).toHaveLength(1);
  office.advance(3_600_000);
  expect(await office.drain()).toBe(0);
  mend();
  await office.start();
  await office.drain();
  expect((await office.status()).sums).toMatchObject({ accepted: 150, open: 0 });
  expect(await office.mails()).toHaveLength(150);
});

test("an issue that is paused holds up neither another one nor notices", async () => {
  const office = await openOffice({ readers: 3 });
  const mend = breakProvider(office);
  await office.start("one");
  await office.drain();
  mend();
  await office.start("two");
  await office.signUp("anna@post.tld", newsletter);
  await office.drain();
  expect((await office.status("one")).issue.status).toBe("paused");
  expect((await office.status("two")).issue.status).toBe("sent");
  expect((await office.mails()).map((mail) => mail.to)).toContain("anna@post.tld");
});

test("one notice that cannot be composed fails alone", async () => {
  const office = await openOffice();
  for (let n = 0; n < 9; n += 1) await office.signUp(`new${n}@post.tld`, newsletter);
  await office.connection.prepare("update notices set items = '[[1' where id = 5").run();
  await office.drain();
  expect((await office.mails()).map((mail) => mail.to).sort()).toEqual(
    [0, 1, 2, 3, 5, 6, 7, 8].map((n) => `new${n}@post.tld`),
  );
  const bad = await office.connection
    .prepare("select b.state, b.error from notices n join batches b on b.id = n.batch where n.id = 5")
    .get();
  expect(bad).toMatchObject({ state: "failed", error: expect.stringContaining("the mail cannot be composed") });
  expect(office.logged.join()).toContain("notice cannot be composed");
});

test.runIf(onDisk)(
  "a broken template holds notices back until it is mended, and the log names file and line",
  async () => {
    const office = await openOffice({ readers: 2 });
    const folder = join(office.config.templates, "mail");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "confirmation.text.liquid"), "Hello\n{% if %}\n");
    await office.signUp("anna@post.tld", newsletter);
    await office.start();
    await office.drain();
    expect(office.logged.join()).toMatch(/notices wait for a broken template.*confirmation\.text\.liquid:2/);
    expect((await office.mails()).map((mail) => mail.to).sort()).toEqual(["reader1@post.tld", "reader2@post.tld"]);
    rmSync(folder, { recursive: true });
    await office.finish();
    expect((await office.mails()).map((mail) => mail.to)).toContain("anna@post.tld");
  },
);
