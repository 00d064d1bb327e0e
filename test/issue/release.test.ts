import { describe, expect, test } from "vitest";
import { claimNotices } from "../../src/delivery/claim.ts";
import { freeze } from "../../src/delivery/freeze.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { readInstance } from "../../src/instance/find.ts";
import { type HoldKind, holdMail } from "../../src/instance/hold.ts";
import { releaseMail, viewHeld } from "../../src/issue/release.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { scheduleIssue } from "../../src/issue/schedule.ts";
import { nextTurn, tick } from "../../src/jobs.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { hour, minute } from "../world.ts";

/** One issue being sent with one of three mails accepted, one overdue by an hour, one of tomorrow, and a notice that waits. */
async function held(kind: HoldKind): Promise<Office & { at: number }> {
  const office = await openOffice({ readers: 3, limits: { members: 1 } });
  for (const [slug, away] of [
    ["due", hour],
    ["later", 24 * hour],
  ] as const) {
    await saveDraft(office.ctx, {
      source: `---\nnewsletter: ${newsletter}\nsubject: News\nslug: ${slug}\n---\n\nGood morning.\n`,
    });
    await scheduleIssue(office.ctx, { newsletter, slug, at: office.clock.now + away });
  }
  await office.start("half");
  await office.turn();
  await planSlice(office.ctx);
  await office.signUp("old@reader.example", newsletter);
  office.advance(hour);
  await holdMail(office.ctx, { kind, reason: "this database was put back." });
  office.advance(hour);
  return Object.assign(office, { at: (await readInstance(office.ctx)).held?.at ?? 0 });
}

const release = (office: { ctx: Office["ctx"]; at: number }, dropNotices: boolean) =>
  releaseMail(office.ctx, { at: office.at, dropNotices });

const status = async (office: Office, slug: string) => (await office.status(slug)).issue;

test("what waits is told before: notices old and new, and what becomes of each issue", async () => {
  const office = await held("restored");
  await office.signUp("new@reader.example", newsletter);
  expect(await viewHeld(office.ctx)).toMatchObject({
    held: { kind: "restored", at: office.at },
    notices: { old: 1, fresh: 1 },
    issues: [
      { slug: "due", status: "scheduled", fate: "pauses" },
      { slug: "later", status: "scheduled", fate: "begins-then" },
      { slug: "half", status: "sending", accepted: 1, open: 2, fate: "pauses" },
    ],
  });
});

describe.each(["backup", "restored"] as const)("after a database was put back (%s)", (kind) => {
  test("issues that were being sent or are overdue are paused, and leave by a word of their own", async () => {
    const office = await held(kind);
    expect(await release(office, true)).toEqual({ released: true, dropped: 1, paused: ["tide/due", "tide/half"] });
    await office.drain();
    expect(await office.recipients()).toEqual(["reader1@post.tld"]);
    for (const slug of ["due", "half"]) {
      expect(await status(office, slug)).toMatchObject({ status: "paused", stopReason: "stale" });
      expect((await status(office, slug)).error).toContain(`tidings issue send tide/${slug}`);
    }
    expect((await status(office, "half")).error).toContain("would get it again");
    expect((await status(office, "due")).error).toContain("it may have been sent already");
    expect(await status(office, "later")).toMatchObject({ status: "scheduled" });
  });

  test("notices that waited are given up or sent, as was said, and newer ones are sent", async () => {
    for (const drop of [true, false]) {
      const office = await held(kind);
      await office.signUp("new@reader.example", newsletter);
      expect((await release(office, drop)).dropped).toBe(drop ? 1 : 0);
      await office.drain();
      const mailed = (await office.recipients()).filter((to) => to.endsWith("reader.example"));
      expect(mailed).toEqual(drop ? ["new@reader.example"] : ["old@reader.example", "new@reader.example"]);
    }
  });
});

test("after a clock was put right, everything goes on, and the clock is taken at its word", async () => {
  const office = await held("clock");
  await office.connection.exec(`update instance set seen_at = ${office.clock.now + 5 * hour}`);
  expect(await release(office, false)).toEqual({ released: true, dropped: 0, paused: [] });
  await tick(office.ctx);
  expect((await readInstance(office.ctx)).held).toBeNull();
  await office.drain();
  expect((await status(office, "half")).status).toBe("sent");
  expect((await status(office, "due")).status).toBe("sent");
  expect(await nextTurn(office.ctx)).toBe((await status(office, "later")).scheduledAt);
});

describe("notices in a batch that was left behind", () => {
  async function claimed(how: { frozen: boolean }): Promise<Office & { at: number }> {
    const office = await openOffice();
    await office.signUp("old@reader.example", newsletter);
    const claim = await claimNotices(office.ctx, 100);
    if (claim === null) throw new Error("nothing was claimed");
    if (how.frozen) await freeze(office.ctx, claim, { hash: "00", members: "[]" });
    await holdMail(office.ctx, { kind: "restored", reason: "this database was put back." });
    return Object.assign(office, { at: office.clock.now });
  }

  test("are given up where surely no byte of them had left", async () => {
    const office = await claimed({ frozen: false });
    office.advance(2 * minute);
    expect(await release(office, true)).toMatchObject({ released: true, dropped: 1 });
    await office.drain();
    expect(await office.mails()).toEqual([]);
    expect(await office.connection.prepare("select state, reason from notices").all()).toEqual([
      { state: "skipped", reason: "restored" },
    ]);
    expect(await nextTurn(office.ctx)).toBeNull();
  });

  test("are in doubt where some may have left", async () => {
    const office = await claimed({ frozen: true });
    office.advance(2 * minute);
    expect((await release(office, true)).dropped).toBe(1);
    await office.drain();
    expect(await office.mails()).toEqual([]);
    expect(await office.batches()).toMatchObject([{ state: "in_doubt", size: 1, members: null }]);
  });

  test("that a living worker still holds are left to it", async () => {
    const office = await claimed({ frozen: false });
    expect((await release(office, true)).dropped).toBe(0);
    expect(await office.batches()).toMatchObject([{ state: "claimed" }]);
  });
});

test("a hold that was not looked at is not released", async () => {
  const office = await held("restored");
  await office.connection.exec("update instance set held = json_set(held, '$.at', 5)");
  await expect(release(office, true)).rejects.toMatchObject({ code: "conflict" });
  expect((await status(office, "half")).status).toBe("sending");
});

test("of two who release at once one does, and a later one changes nothing", async () => {
  const office = await held("restored");
  const ends = await Promise.allSettled([release(office, true), release(office, true)]);
  expect(ends.map((end) => end.status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await release(office, true)).toEqual({ released: false, dropped: 0, paused: [] });
  expect(await viewHeld(office.ctx)).toEqual({ held: null, notices: { old: 0, fresh: 0 }, issues: [] });
});
