import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSigner } from "../../src/mail/tokens.ts";
import { openFile } from "../../src/node/engine.ts";
import { erase } from "../../src/subscription/erase.ts";
import { subscribe } from "../../src/subscription/subscribe.ts";
import { purgeThrottles } from "../../src/subscription/throttle.ts";
import { addSuppression } from "../../src/suppression/add.ts";
import { removeSuppression } from "../../src/suppression/remove.ts";
import { dump } from "../world/dump.ts";
import { onDisk } from "../world/platform.ts";
import { day, minute, openWorld, type World } from "../world.ts";

const ada = "Ada.Lovelace@reader.example";

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.newsletter("tides", { welcome: "Welcome." });
  await world.newsletter("ferries");
});
afterEach(() => world.close());

/** The words of a person that still stand in the bytes of the database, in any case of letters. */
function tracesIn(words: readonly string[]): string[] {
  const connection = openFile(world.config.database);
  connection.pragma("wal_checkpoint(TRUNCATE)");
  connection.close();
  const bytes = ["", "-wal"].map((end) => readFileSync(world.config.database + end, "latin1").toLowerCase());
  return words.filter((word) => bytes.some((text) => text.includes(word.toLowerCase())));
}

async function joinAs(name: string): Promise<void> {
  await world.signUp(ada, "tides", { name, form: "n/tides" });
  await world.drain();
  await world.confirm(ada);
  await world.drain();
}

const words = ["ada.lovelace@reader.example", "ada.lovelace", "Augusta Byron"];

test.runIf(onDisk)("after erasing, neither address nor name is in any byte of the database (LAW-05)", async () => {
  await joinAs("Augusta Byron");
  await world.send("tides", "one");
  await world.drain();
  world.advance(11 * minute);
  await world.signUp(ada, "tides");
  await addSuppression(world.ctx, { address: ada, newsletter: "tides" });
  expect(tracesIn(words)).toEqual(words);
  await erase(world.ctx, { address: "ada.lovelace@READER.example" });
  expect(tracesIn(words)).toEqual([]);
});

test.runIf(onDisk)("nor is it where mails to her were left in doubt", async () => {
  await joinAs("Augusta Byron");
  await world.send("tides", "one");
  world.fault = () => ({ result: "conflict", reason: "pretended" });
  await world.drain();
  world.advance(11 * minute);
  await world.signUp(ada, "tides");
  await world.drain();
  const doubtful = await world.ctx.store.db
    .selectFrom("batches")
    .select("lane")
    .where("state", "=", "in_doubt")
    .execute();
  expect(doubtful.map((batch) => batch.lane).sort()).toEqual([0, 1]);
  await erase(world.ctx, { address: ada });
  expect(tracesIn(words)).toEqual([]);
});

test("the proof of consent stays, without the person", async () => {
  await joinAs("Augusta");
  await erase(world.ctx, { address: ada });
  const kept = await world.ctx.store.db
    .selectFrom("consents")
    .select(["subscriber", "event", "form", "page"])
    .orderBy("id")
    .execute();
  expect(kept).toEqual([
    { subscriber: null, event: "asked", form: null, page: null },
    { subscriber: null, event: "confirmed", form: null, page: null },
  ]);
});

test("a keyed hash of the address stays, which the database alone cannot turn back (SUP-02)", async () => {
  await joinAs("Augusta");
  await erase(world.ctx, { address: ada });
  const rows = await world.ctx.store.db.selectFrom("suppressions").selectAll().execute();
  expect(rows).toMatchObject([
    {
      email_key: null,
      key_id: 1,
      reason: "erased",
      hash: world.ctx.signer.keyedHash("suppression", ada.toLowerCase(), 1),
    },
  ]);
});

test("a running issue passes the erased reader by, and its sums still add up", async () => {
  await joinAs("Augusta");
  await world.join("bea@reader.example", "tides");
  await world.drain();
  const before = (await world.mails()).length;
  await world.send("tides", "one");
  await erase(world.ctx, { address: ada });
  await world.drain();
  expect((await world.mails()).slice(before).map((mail) => mail.to)).toEqual(["bea@reader.example"]);
});

test("a sign-up afterwards works like a new one, and confirming it forgets the erasure", async () => {
  await joinAs("Augusta");
  await erase(world.ctx, { address: ada });
  world.advance(11 * minute);
  await world.signUp(ada, "tides");
  await world.drain();
  const hashes = () => world.ctx.store.db.selectFrom("suppressions").select("reason").execute();
  expect(await hashes()).toEqual([{ reason: "erased" }]);
  expect((await world.confirm(ada)).status).toBe(303);
  expect(await hashes()).toEqual([]);
});

/** Signs up and tells whether a mail came of it. */
async function isMailed(ctx = world.ctx): Promise<boolean> {
  world.advance(day);
  const before = (await world.mails()).length;
  const source = { form: null, page: null };
  await subscribe(ctx, { email: ada, newsletters: ["tides"], wording: "I agree.", source });
  await world.drain();
  return (await world.mails()).length > before;
}

test("who had complained before being erased is barred for ever, also after a change of keys", async () => {
  await joinAs("Augusta");
  await addSuppression(world.ctx, { address: ada, reason: "complaint" });
  await erase(world.ctx, { address: ada });
  expect(await isMailed()).toBe(false);
  const keys = new Map([1, 2].map((id) => [id, new Uint8Array(32).fill(id === 1 ? 7 : 9)]));
  const rotated = { ...world.ctx, signer: createSigner({ current: 2, keys }) };
  expect(await isMailed(rotated)).toBe(false);
  await erase(rotated, { address: ada });
  expect(await isMailed(rotated)).toBe(false);
});

test("a complaint between two erasures bars as well", async () => {
  await joinAs("Augusta");
  await erase(world.ctx, { address: ada });
  await world.signUp(ada, "tides");
  await world.drain();
  await addSuppression(world.ctx, { address: ada, reason: "complaint" });
  await erase(world.ctx, { address: ada });
  expect(await isMailed()).toBe(false);
});

test("erasing again weakens nothing", async () => {
  await joinAs("Augusta");
  await addSuppression(world.ctx, { address: ada, reason: "hard-bounce" });
  await erase(world.ctx, { address: ada });
  await world.signUp(ada, "tides");
  await erase(world.ctx, { address: ada });
  expect(await isMailed()).toBe(false);
});

test.runIf(onDisk)("an address that nobody subscribed with is refused, and kept out all the same", async () => {
  await expect(erase(world.ctx, { address: ada })).rejects.toMatchObject({
    code: "not-found",
    message: "Nobody has subscribed with this address.",
  });
  expect(tracesIn(words)).toEqual([]);
  expect(await dump(world)).toContain(world.ctx.signer.keyedHash("suppression", ada.toLowerCase(), 1));
});

test("what is no address is refused with the field at fault", async () => {
  await expect(erase(world.ctx, { address: "ada" })).rejects.toMatchObject({
    code: "invalid",
    details: { field: "address" },
  });
});

test("someone else with the same inbox, by a tag, is left alone", async () => {
  await world.join("ada.lovelace+news@reader.example", "tides");
  world.advance(11 * minute);
  await joinAs("Augusta");
  await erase(world.ctx, { address: ada });
  const left = await world.ctx.store.db.selectFrom("subscribers").select("email").execute();
  expect(left).toEqual([{ email: "ada.lovelace+news@reader.example" }]);
});

test("who asked never to be written to stays on that list, whoever enters the address afterwards (LAW-05)", async () => {
  await world.signUp(ada, "tides");
  await world.drain();
  const [mail] = await world.mails(ada);
  await world.post(`${mail?.confirmLink}/not-me/never`);
  await erase(world.ctx, { address: ada });
  expect(await isMailed()).toBe(false);
  await erase(world.ctx, { address: ada });
  expect(await isMailed()).toBe(false);
  const rows = await world.ctx.store.db.selectFrom("suppressions").select(["email_key", "reason"]).execute();
  expect(rows).toEqual([{ email_key: null, reason: "manual" }]);
});

test("the same word between two erasures counts as well, and the operator can take it back", async () => {
  await joinAs("Augusta");
  await erase(world.ctx, { address: ada });
  world.advance(day);
  await world.signUp(ada, "tides");
  await world.drain();
  const link = (await world.mails(ada)).findLast((mail) => mail.confirmLink !== "")?.confirmLink;
  await world.post(`${link}/not-me/never`);
  await erase(world.ctx, { address: ada });
  expect(await isMailed()).toBe(false);
  await removeSuppression(world.ctx, { address: ada });
  expect(await isMailed()).toBe(true);
});

test("erasing gives nobody more mails to the address than without it: three a day, ten minutes apart (DOI-22)", async () => {
  for (const time of [1, 2, 3]) {
    for (const slug of ["tides", "ferries"]) await world.signUp(ada, slug);
    await world.drain();
    world.advance(11 * minute);
    await world.drain();
    if (time === 1) await erase(world.ctx, { address: ada });
  }
  for (let time = 0; time < 12; time += 1) {
    await erase(world.ctx, { address: ada });
    await world.signUp(ada, "tides");
    world.advance(11 * minute);
    await world.drain();
  }
  expect(await world.mails(ada)).toHaveLength(3);
});

test.runIf(onDisk)("what limits those mails is a keyed hash, and goes after thirty days", async () => {
  await joinAs("Augusta Byron");
  await erase(world.ctx, { address: ada });
  const throttles = () => world.ctx.store.db.selectFrom("throttles").select("key").execute();
  expect(await throttles()).toEqual([{ key: world.ctx.signer.keyedHash("throttle", ada.toLowerCase(), 1) }]);
  expect(tracesIn(words)).toEqual([]);
  world.advance(30 * day + 1);
  await purgeThrottles(world.ctx);
  expect(await throttles()).toEqual([]);
});
