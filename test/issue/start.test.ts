import { describe, expect, test } from "vitest";
import { saveDraft } from "../../src/issue/save.ts";
import { scheduleIssue } from "../../src/issue/schedule.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { scheduleGrace, startScheduled } from "../../src/issue/start.ts";
import { nextTurn, turn } from "../../src/jobs.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { hour, minute } from "../world.ts";

async function scheduled(slugs: readonly string[] = ["one"]): Promise<Office & { at: number }> {
  const office = await openOffice({ readers: 3 });
  const at = office.clock.now + hour;
  for (const slug of slugs) {
    await saveDraft(office.ctx, {
      source: `---\nnewsletter: ${newsletter}\nsubject: News\nslug: ${slug}\n---\n\nGood morning.\n`,
    });
    await scheduleIssue(office.ctx, { newsletter, slug, at });
  }
  return Object.assign(office, { at });
}

describe("an issue that is late", () => {
  test("by up to six hours begins all the same, to those who were readers at its time", async () => {
    const office = await scheduled();
    office.clock.now = office.at + scheduleGrace;
    await office.drain();
    expect((await office.status()).issue).toMatchObject({ status: "sent", audienceAt: office.at });
    expect(await office.mails()).toHaveLength(3);
  });

  test("by more is paused, says when it was to begin and what to do, and leaves by a person's word", async () => {
    const office = await scheduled();
    office.clock.now = office.at + scheduleGrace + 1;
    await office.drain();
    expect(await office.mails()).toEqual([]);
    const { issue } = await office.status();
    expect(issue).toMatchObject({ status: "paused", stopReason: "stale", startedAt: null });
    expect(issue.error).toBe(
      "It was to begin at 2026-11-22 09:00 UTC, 6 hours ago, and nothing was running then to send it. If it should still go: tidings issue send tide/one",
    );
    expect(await nextTurn(office.ctx)).toBeNull();
    await sendIssue(office.ctx, { newsletter, slug: "one", expect: 0, asOf: 0 });
    await office.drain();
    expect((await office.status()).issue).toMatchObject({ status: "sent", stopReason: null, error: null });
    expect(await office.mails()).toHaveLength(3);
  });

  test("can be scheduled anew instead", async () => {
    const office = await scheduled();
    office.clock.now = office.at + scheduleGrace + 1;
    await office.drain();
    const at = office.clock.now + hour;
    const { issue } = await scheduleIssue(office.ctx, { newsletter, slug: "one", at });
    expect(issue).toMatchObject({ status: "scheduled", scheduledAt: at, stopReason: null, error: null });
    office.clock.now = at;
    await office.drain();
    expect(await office.mails()).toHaveLength(3);
  });
});

describe("an issue that may not be sent at its time is paused with the reason", () => {
  test.each([
    [
      "its newsletter is closed",
      "update newsletters set status = 'closed'",
      "Open it with: tidings newsletter edit tide --status open, then: tidings issue send tide/one",
    ],
    ["the operator is gone", "update instance set operator = ''", "operator must be set before anything can be sent"],
  ])("%s", async (_, statement, words) => {
    const office = await scheduled();
    await office.connection.exec(statement);
    office.clock.now = office.at;
    await office.drain();
    expect(await office.mails()).toEqual([]);
    const { issue } = await office.status();
    expect(issue).toMatchObject({ status: "paused", stopReason: "stale" });
    expect(issue.error).toContain("It was to begin at 2026-11-22 09:00 UTC");
    expect(issue.error).toContain(words);
    const again = sendIssue(office.ctx, { newsletter, slug: "one", expect: 0, asOf: 0 });
    await expect(again).rejects.toMatchObject({ code: "preflight" });
  });
});

test("several that are due begin together, and one that is not stays", async () => {
  const office = await scheduled(["one", "two", "three"]);
  await scheduleIssue(office.ctx, { newsletter, slug: "three", at: office.at + minute });
  office.clock.now = office.at;
  await office.drain();
  const status = async (slug: string) => (await office.status(slug)).issue.status;
  expect([await status("one"), await status("two"), await status("three")]).toEqual(["sent", "sent", "scheduled"]);
});

test("two processes that start it at once start it once: each reader gets one mail", async () => {
  const office = await scheduled();
  office.clock.now = office.at;
  const other = await office.another({ provider: office.ctx.provider });
  try {
    await Promise.all([startScheduled(office.ctx), startScheduled(other.ctx)]);
    const pay = async (ctx: typeof office.ctx) => {
      while (await turn(ctx));
    };
    await Promise.all([pay(office.ctx), pay(other.ctx)]);
  } finally {
    other.close();
  }
  expect((await office.recipients()).sort()).toEqual([1, 2, 3].map((n) => `reader${n}@post.tld`));
  const starts = office.logged.filter((line) => line.includes("scheduled issue starts"));
  expect(starts).toHaveLength(1);
});

test("a process that dies between starting and planning leaves it to the next one", async () => {
  const office = await scheduled();
  office.clock.now = office.at;
  const dying = {
    ...office.ctx,
    probe: (passage: string) => {
      if (passage === "started") throw new Error("killed");
    },
  };
  await expect(turn(dying)).rejects.toThrow("killed");
  expect((await office.status()).issue).toMatchObject({ status: "sending", plannedAt: null });
  await office.drain();
  expect(await office.mails()).toHaveLength(3);
});

test("notices leave before it", async () => {
  const office = await scheduled();
  await office.signUp("new@reader.example", newsletter);
  office.clock.now = office.at;
  await office.turn();
  expect(await office.recipients()).toEqual(["new@reader.example"]);
  expect((await office.status()).issue.status).toBe("scheduled");
});
