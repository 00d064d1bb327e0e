import { afterEach, beforeEach, expect, test } from "vitest";
import { tick } from "../../src/jobs.ts";
import { listGoodbyes, longestNote } from "../../src/subscription/goodbye.ts";
import { formsOf } from "../world/forms.ts";
import { day, hour, openWorld, type World } from "../world.ts";

const ada = "ada@reader.example";

let world: World;
let link: string;
let reason: string;
beforeEach(async () => {
  world = await openWorld();
  for (const slug of ["tides", "ferries"]) await world.newsletter(slug);
  await world.join(ada, ["tides", "ferries"]);
  await world.send("tides", "one");
  await world.drain();
  link = (await world.mails(ada)).at(-1)?.preferencesLink ?? "";
  reason = await reasonAfter(await world.post(link, { newsletter: "tides" }));
});
afterEach(() => world.close());

async function reasonAfter(answer: Response): Promise<string> {
  const found = formsOf(await answer.text()).find(({ action }) => action.endsWith("/reason"));
  if (found === undefined) throw new Error("the page does not ask why");
  return found.action;
}

const said = (newsletter = "tides") => listGoodbyes(world.ctx, { newsletter, since: 0, limit: 10 });

test("what a reader says is kept for the newsletter that was left", async () => {
  const answer = await world.post(reason, { reason: "too-many", note: "Twice a week\r\nwould do." });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain("Thank you for telling us");
  const today = Math.floor(world.clock.now / day) * day;
  expect(await said()).toEqual({
    total: 1,
    reasons: [{ reason: "too-many", n: 1 }],
    notes: [{ at: today, reason: "too-many", note: "Twice a week\nwould do." }],
  });
  expect((await said("ferries")).total).toBe(0);
});

test("leaving all says it for each of them", async () => {
  const all = await reasonAfter(await world.post(link, { newsletter: "all" }));
  await world.post(all, { reason: "no-time" });
  expect((await said("ferries")).reasons).toEqual([{ reason: "no-time", n: 1 }]);
});

test("fifty answers at once count once, and a later one changes the words", async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => world.post(reason, { reason: "other", note: "A" })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  await world.post(reason, { reason: "never-asked", note: "B" });
  expect(await said()).toMatchObject({ total: 1, reasons: [{ reason: "never-asked", n: 1 }], notes: [{ note: "B" }] });
});

test("nothing said is nothing kept, and words without a reason are some other one", async () => {
  expect((await world.post(reason)).status).toBe(200);
  expect((await world.post(reason, { reason: "made-up", note: " \n " })).status).toBe(200);
  expect((await said()).total).toBe(0);
  await world.post(reason, { reason: "__proto__", note: "Moved away." });
  expect((await said()).reasons).toEqual([{ reason: "other", n: 1 }]);
});

test("a note is cut to its length and loses what a terminal would obey (SEC-23)", async () => {
  await world.post(reason, { note: `\u001b]8;;http://evil.tld\u0007${"é".repeat(longestNote + 50)}\u202e` });
  const note = (await said()).notes[0]?.note ?? "";
  expect([...note].length).toBe(longestNote);
  for (const steering of ["\u001b", "\u0007", "\u202e"]) expect(note).not.toContain(steering);
});

test("what is kept names nobody: neither the time of the leaving nor, after two days, anything that tells it from others", async () => {
  await world.post(reason, { reason: "no-time" });
  const [row] = await world.ctx.store.db.selectFrom("goodbyes").selectAll().execute();
  expect(row?.at).toBe(Math.floor(world.clock.now / day) * day);
  expect(row?.leaving).toMatch(/^[0-9a-f]{64}$/);
  await tick(world.ctx);
  expect((await world.ctx.store.db.selectFrom("goodbyes").select("leaving").execute())[0]?.leaving).not.toBeNull();
  world.advance(3 * day);
  await tick(world.ctx);
  expect((await world.ctx.store.db.selectFrom("goodbyes").select("leaving").execute())[0]?.leaving).toBeNull();
  expect((await said()).total).toBe(1);
});

test("an hour later nobody is asked any more, and a forged link says nothing", async () => {
  world.advance(hour + 1);
  expect((await world.post(reason, { reason: "other" })).status).toBe(410);
  expect((await world.post("/u/abcdefgh/reason", { reason: "other" })).status).toBe(404);
  expect((await said()).total).toBe(0);
});

test("who took the leaving back has no reason to give", async () => {
  await world.post(reason.replace(/reason$/, "undo"));
  await world.post(reason, { reason: "other" });
  expect((await said()).total).toBe(0);
});
