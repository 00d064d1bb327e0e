import { describe, expect, test } from "vitest";
import { claimIssueBatch, claimNotices } from "../../src/delivery/claim.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { readInstance } from "../../src/instance/find.ts";
import { clockGrace, holdMail } from "../../src/instance/hold.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { scheduleIssue } from "../../src/issue/schedule.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { startScheduled } from "../../src/issue/start.ts";
import { testIssue } from "../../src/issue/test.ts";
import { nextTurn, tick } from "../../src/jobs.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { hour, minute } from "../world.ts";

const why = { kind: "restored", reason: "an older copy was put back." } as const;
const source = (slug: string) => `---\nnewsletter: ${newsletter}\nsubject: News\nslug: ${slug}\n---\n\nGood morning.\n`;

async function busy(): Promise<Office> {
  const office = await openOffice({ readers: 3, limits: { members: 1 } });
  await office.start("one");
  await saveDraft(office.ctx, { source: source("two") });
  await scheduleIssue(office.ctx, { newsletter, slug: "two", at: office.clock.now + hour });
  await planSlice(office.ctx);
  await office.signUp("new@reader.example", newsletter);
  return office;
}

describe("while mails are held", () => {
  test("nothing leaves of either lane, and nothing is due", async () => {
    const office = await busy();
    await holdMail(office.ctx, why);
    office.advance(2 * hour);
    expect(await office.drain()).toBe(0);
    expect(await office.mails()).toEqual([]);
    expect(await nextTurn(office.ctx)).toBeNull();
  });

  test("a worker that has looked just before claims nothing, and starts nothing", async () => {
    const office = await busy();
    await holdMail(office.ctx, why);
    office.advance(2 * hour);
    expect(await claimIssueBatch(office.ctx)).toBeNull();
    expect(await claimNotices(office.ctx, 100)).toBeNull();
    await startScheduled(office.ctx);
    expect((await office.status("two")).issue.status).toBe("scheduled");
  });

  test("a batch that is left behind is not taken over", async () => {
    const office = await busy();
    expect(await claimNotices(office.ctx, 100)).not.toBeNull();
    await holdMail(office.ctx, why);
    office.advance(2 * minute);
    expect(await claimNotices(office.ctx, 100)).toBeNull();
  });

  test("sign-ups are taken as always, and their mails leave afterwards", async () => {
    const office = await openOffice();
    await holdMail(office.ctx, why);
    await office.signUp("new@reader.example", newsletter);
    await office.drain();
    expect(await office.mails()).toEqual([]);
    await office.connection.exec("update instance set held = null");
    await office.drain();
    expect(await office.recipients()).toEqual(["new@reader.example"]);
  });

  test("sending and trying out are refused, with the reason and the command that ends it", async () => {
    const office = await busy();
    await saveDraft(office.ctx, { source: source("three") });
    await holdMail(office.ctx, why);
    const refused = {
      code: "preflight",
      message: "No mail may leave now: an older copy was put back.",
      details: { hint: expect.stringContaining("tidings instance release") },
    };
    const asOf = office.clock.now;
    for (const slug of ["one", "two", "three"]) {
      await expect(sendIssue(office.ctx, { newsletter, slug, expect: 3, asOf })).rejects.toMatchObject(refused);
    }
    const trying = testIssue(office.ctx, { source: source("four"), to: "desk@reader.example" });
    await expect(trying).rejects.toMatchObject(refused);
    expect((await office.status("one")).held).toBe("an older copy was put back.");
  });

  test("the first reason stays", async () => {
    const office = await openOffice();
    expect(await holdMail(office.ctx, why)).toBe(true);
    expect(await holdMail(office.ctx, { kind: "clock", reason: "another." })).toBe(false);
    expect((await readInstance(office.ctx)).held).toMatchObject({ ...why, at: office.clock.now });
  });
});

describe("a tick notes how late it is", () => {
  const seen = async (office: Office) => await office.connection.prepare("select seen_at from instance").pluck().get();

  test("and never an earlier time", async () => {
    const office = await openOffice();
    await tick(office.ctx);
    const noted = office.clock.now;
    expect(await seen(office)).toBe(noted);
    office.advance(-minute);
    await tick(office.ctx);
    expect(await seen(office)).toBe(noted);
  });

  test.each([1_000, minute, clockGrace])("a clock that is put back by %i ms holds nothing", async (by) => {
    const office = await openOffice();
    await tick(office.ctx);
    office.advance(-by);
    await tick(office.ctx);
    expect((await readInstance(office.ctx)).held).toBeNull();
  });

  test("a clock that is put back by more holds all mails, and says both times", async () => {
    const office = await openOffice();
    await tick(office.ctx);
    office.advance(-clockGrace - 1);
    await tick(office.ctx);
    expect((await readInstance(office.ctx)).held).toMatchObject({
      kind: "clock",
      reason:
        "the clock of this machine says 2026-11-22 07:49 UTC, but this database was in use at 2026-11-22 08:00 UTC already.",
    });
    expect(office.logged.join("\n")).toContain("mails are held");
  });
});
