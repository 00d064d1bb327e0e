import { describe, expect, test } from "vitest";
import { planSlice } from "../../src/dispatch/plan.ts";
import { recallIssue } from "../../src/issue/recall.ts";
import { saveDraft } from "../../src/issue/save.ts";
import { scheduleIssue } from "../../src/issue/schedule.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { scheduleGrace, startScheduled } from "../../src/issue/start.ts";
import { newsletter, type Office, openOffice } from "../dispatch/post.ts";
import { hour } from "../world.ts";

const name = { newsletter, slug: "one" };

async function openDraft(): Promise<Office> {
  const office = await openOffice({ readers: 3 });
  await saveDraft(office.ctx, {
    source: `---\nnewsletter: ${newsletter}\nsubject: News\nslug: one\n---\n\nGood morning.\n`,
  });
  return office;
}

const recall = (office: Office) => recallIssue(office.ctx, name);
const send = (office: Office, asOf = office.clock.now, expected = 3) =>
  sendIssue(office.ctx, { ...name, expect: expected, asOf });

const plain = { status: "draft", scheduledAt: null, audienceAt: null, startedAt: null, stopReason: null, error: null };

describe("an issue is a draft again, and nothing of it leaves", () => {
  test("when it was scheduled", async () => {
    const office = await openDraft();
    await scheduleIssue(office.ctx, { ...name, at: office.clock.now + hour });
    expect(await recall(office)).toMatchObject({ recalled: true, issue: plain });
    office.advance(hour);
    await office.drain();
    expect(await office.mails()).toEqual([]);
  });

  test("when it was to be sent, and its readers are not written down yet", async () => {
    const office = await openDraft();
    await send(office);
    expect(await recall(office)).toMatchObject({ recalled: true, issue: plain });
    await office.drain();
    expect(await office.mails()).toEqual([]);
    expect(await office.connection.prepare("select content from issues").pluck().get()).toBeNull();
  });

  test("when its time was missed", async () => {
    const office = await openDraft();
    await scheduleIssue(office.ctx, { ...name, at: office.clock.now + hour });
    office.advance(hour + scheduleGrace + 1);
    await office.drain();
    expect(await recall(office)).toMatchObject({ recalled: true, issue: plain });
  });
});

test("a draft that was recalled can be changed, and sent as it is then", async () => {
  const office = await openDraft();
  await send(office);
  await recall(office);
  await saveDraft(office.ctx, {
    source: `---\nnewsletter: ${newsletter}\nsubject: Late news\nslug: one\n---\n\nGood evening.\n`,
  });
  await send(office);
  await office.drain();
  expect((await office.mails()).map((mail) => mail.subject)).toEqual(["Late news", "Late news", "Late news"]);
});

test("recalling a draft changes nothing", async () => {
  const office = await openDraft();
  expect(await recall(office)).toMatchObject({ recalled: false, issue: { status: "draft" } });
});

describe("it is too late", () => {
  test("once its readers are written down, and the answer names what can be done", async () => {
    const office = await openDraft();
    await send(office);
    await planSlice(office.ctx);
    await expect(recall(office)).rejects.toMatchObject({
      code: "refused",
      details: {
        hint: "Stop it with: tidings issue pause tide/one. To give up what is left: tidings issue cancel tide/one",
      },
    });
  });

  test("once it was sent", async () => {
    const office = await openDraft();
    await send(office);
    await office.drain();
    await expect(recall(office)).rejects.toMatchObject({
      code: "refused",
      message: "tide/one is sent: there is nothing to recall.",
    });
  });
});

describe("whoever comes at the same moment comes wholly before or wholly after", () => {
  test.each([0, 1, 2, 3, 4, 5])("starting and planning against recalling, %i moments later", async (moments) => {
    const office = await openDraft();
    await scheduleIssue(office.ctx, { ...name, at: office.clock.now + hour });
    office.advance(hour);
    const begin = async () => {
      await startScheduled(office.ctx);
      await planSlice(office.ctx);
    };
    const back = async () => {
      for (let moment = 0; moment < moments; moment += 1) await new Promise((resolve) => setImmediate(resolve));
      return recall(office);
    };
    const [, recalled] = await Promise.allSettled([begin(), back()]);
    await office.drain();
    const { issue, sums } = await office.status();
    if (recalled.status === "fulfilled") {
      expect([issue.status, sums.planned, await office.recipients()]).toEqual(["draft", 0, []]);
    } else {
      expect(recalled.reason).toMatchObject({ code: "refused" });
      expect([issue.status, sums.planned, sums.accepted]).toEqual(["sent", 3, 3]);
    }
  });

  test("a planner that has read the old audience plans nothing of it once the issue was sent anew", async () => {
    const office = await openDraft();
    await send(office);
    const asOf = office.clock.now;
    office.advance(hour);
    // Between the reads of the planner and its commit.
    const { store } = office.ctx;
    let done = false;
    const planner = {
      ...office.ctx,
      store: {
        ...store,
        commit: (async (...queries: Parameters<typeof store.commit>) => {
          if (!done) {
            done = true;
            await recall(office);
            await office.connection.exec(`update subscriptions set since = ${asOf + 1} where subscriber = 3`);
            await send(office, office.clock.now);
          }
          return store.commit(...queries);
        }) as typeof store.commit,
      },
    };
    await planSlice(planner);
    expect((await office.status()).sums.planned).toBe(0);
    await office.drain();
    expect((await office.status()).sums).toMatchObject({ planned: 3, accepted: 3 });
  });
});
