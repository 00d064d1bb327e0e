import { beforeEach, describe, expect, test } from "vitest";
import { brakeBase, brakeIssue } from "../../src/issue/brake.ts";
import { sendIssue } from "../../src/issue/send.ts";
import { tick } from "../../src/jobs.ts";
import { day, minute } from "../world.ts";
import { address, type Office } from "./post.ts";
import { openReported, report, suppressionsOf } from "./reported.ts";

let office: Office;
beforeEach(async () => {
  // One reader a batch, so that the issue is still being sent after its first mails have left.
  office = await openReported({ readers: 30, limits: { members: 1 } });
  await office.start();
  await office.turn();
});

/** What was reported before, in numbers. */
async function counted(counts: Record<string, number>, issue = 1): Promise<void> {
  for (const [name, n] of Object.entries(counts))
    await office.connection
      .prepare("insert into counters (issue, name, n) values (?, ?, ?) on conflict do update set n = excluded.n")
      .run(issue, name, n);
}

async function stop(): Promise<{ status: string; reason: string | null; error: string | null }> {
  const { issue } = await office.status();
  return { status: issue.status, reason: issue.stopReason, error: issue.error };
}

const going = { status: "sending", reason: null, error: null };

describe("an issue that is being sent (SUP-07)", () => {
  test("stops at three complaints of a thousand delivered, and says so", async () => {
    await counted({ delivered: 1_000, complained: 1 });
    await report(office, { kind: "complained", reader: 1 });
    expect(await stop()).toEqual(going);
    await report(office, { kind: "complained", reader: 2 });
    expect(await stop()).toEqual({
      status: "paused",
      reason: "brake",
      error:
        "3 of 1000 readers have reported it as spam (0.3 %). Look into it; then go on with: tidings issue send tide/one",
    });
    expect(office.logged.filter((line) => line.includes("issue braked"))).toHaveLength(1);
  });

  test("does not stop for complaints of fewer than a thousand", async () => {
    await counted({ delivered: 999, complained: 20 });
    await report(office, { kind: "complained", reader: 1 });
    expect(await stop()).toEqual(going);
  });

  test.each([
    ["bounces for good", {}],
    ["bounces for its content", { type: "Permanent", subType: "ContentRejected" }],
  ])("stops at five %s of a hundred", async (_, detail) => {
    await counted({ delivered: 190, bounced: 8 });
    await report(office, { kind: "bounced", reader: 1, detail });
    expect(await stop()).toEqual(going);
    await report(office, { kind: "bounced", reader: 2, detail });
    expect(await stop()).toMatchObject({ status: "paused", reason: "brake" });
    expect((await stop()).error).toMatch(/^10 of the first 200 mails reported on have bounced for good \(5\.0 %\)\. /);
  });

  test("does not stop for bounces for now", async () => {
    await counted({ delivered: 190, "bounced-soft": 100 });
    await report(office, { kind: "bounced", reader: 1, detail: { type: "Transient" } });
    expect(await stop()).toEqual(going);
  });
});

describe("an issue whose mails fail one by one", () => {
  const refusal = "Invalid `to` field.";

  /** Pays one mail after the other until so many have failed, every `nth` of them refused. */
  async function failing(readers: number, nth: number, failures: number): Promise<Office> {
    let calls = 0;
    const own = await openReported({
      readers,
      limits: { members: 1 },
      fault: () => {
        calls += 1;
        return calls % nth === 0 ? { result: "rejected", reason: refusal } : null;
      },
    });
    await own.start();
    while ((await own.status()).sums.failed < failures) await own.turn();
    return own;
  }

  test("stops when fifty have failed and that is one in twenty or more", async () => {
    const own = await failing(120, 2, 49);
    expect(await brakeIssue(own.ctx, 1)).toBe(null);
    while ((await own.status()).sums.failed < 50) await own.turn();
    await brakeIssue(own.ctx, 1, refusal);
    const { issue } = await own.status();
    expect([issue.status, issue.stopReason]).toEqual(["paused", "brake"]);
    expect(issue.error).toBe(
      "50 of 100 mails have failed (50.0 %). The latest: Invalid `to` field. Look into it; then go on with: tidings issue send tide/one",
    );
  });

  test("goes on where fifty fail of more than a thousand", async () => {
    const own = await failing(70, 1, 5);
    await own.connection
      .prepare("update issues set brake_base = ?")
      .run(JSON.stringify({ failed: -45, accepted: -960 }));
    expect(await brakeIssue(own.ctx, 1)).toBe(null);
    await own.connection
      .prepare("update issues set brake_base = ?")
      .run(JSON.stringify({ failed: -45, accepted: -940 }));
    expect(await brakeIssue(own.ctx, 1)).toMatch(/^50 of 990 mails have failed \(5\.1 %\)\./);
  });

  test("stops once ten were refused and none accepted, with what the provider says of the last", async () => {
    const own = await failing(30, 1, 9);
    expect(await brakeIssue(own.ctx, 1, refusal)).toBe(null);
    while ((await own.status()).sums.failed < 10) await own.turn();
    await brakeIssue(own.ctx, 1, refusal);
    expect((await own.status()).issue.status).toBe("paused");
    expect((await own.status()).issue.error).toContain(
      "refused all of the first 10 mails, so the issue itself seems to be at fault: Invalid `to` field.",
    );
  });

  test("stops when fifty that were accepted turn out to have failed", async () => {
    const own = await openReported({ readers: 60, limits: { members: 55 } });
    await own.start();
    await own.turn();
    expect((await own.status()).sums).toMatchObject({ accepted: 55, open: 5 });
    for (let reader = 1; reader < 50; reader += 1) await report(own, { kind: "failed", reader });
    expect((await own.status()).issue.status).toBe("sending");
    await report(own, { kind: "failed", reader: 50 });
    expect((await own.status()).issue).toMatchObject({ status: "paused", stopReason: "brake" });
  });
});

test("nothing more leaves, what is in flight settles, and a person's word makes it go on", async () => {
  await counted({ delivered: 1_000, complained: 2 });
  await report(office, { kind: "complained", reader: 1 });
  const left = (await office.recipients()).length;
  await office.drain();
  expect((await office.recipients()).length).toBe(left);
  const { issue } = await sendIssue(office.ctx, {
    newsletter: "tide",
    slug: "one",
    expect: 30,
    asOf: office.clock.now,
  });
  expect(issue.status).toBe("sending");
  // What came before that word is not counted again.
  await report(office, { kind: "complained", reader: 2 });
  expect(await stop()).toMatchObject({ status: "sending" });
  await office.finish();
  expect((await office.status()).issue.status).toBe("sent");
});

test("only what came after a person's word counts", async () => {
  await counted({ delivered: 5_000, complained: 100, bounced: 900 });
  const base = await brakeBase(office.ctx, 1);
  await office.connection.prepare("update issues set brake_base = ?").run(base);
  expect(await brakeIssue(office.ctx, 1)).toBe(null);
  await counted({ delivered: 6_000, complained: 102, bounced: 900 });
  expect(await brakeIssue(office.ctx, 1)).toBe(null);
  await counted({ delivered: 6_000, complained: 103, bounced: 900 });
  expect(await brakeIssue(office.ctx, 1)).toMatch(/^3 of 1000 readers/);
});

test("of two processes that find it out at once one brakes, and none after a person has said go on", async () => {
  await counted({ delivered: 1_000, complained: 5 });
  const other = await office.another();
  const found = await Promise.all([brakeIssue(office.ctx, 1), brakeIssue(other.ctx, 1)]);
  other.close();
  expect(found.filter((one) => one !== null)).toHaveLength(1);
  expect(await brakeIssue(office.ctx, 1)).toBe(null);
});

test("an issue that was sent is not stopped by what comes afterwards", async () => {
  await office.finish();
  await counted({ delivered: 1_000, complained: 50 });
  await report(office, { kind: "complained", reader: 1 });
  expect(await stop()).toMatchObject({ status: "sent" });
});

describe("hard bounces of an issue that bounces stopped (SUP-05)", () => {
  async function braked(): Promise<void> {
    await report(office, { kind: "bounced", reader: 1 });
    office.advance(61 * minute);
    await counted({ delivered: 190, bounced: 8 });
    await report(office, { kind: "bounced", reader: 2 });
    await report(office, { kind: "bounced", reader: 3 });
    expect(await stop()).toMatchObject({ status: "paused" });
    await report(office, { kind: "bounced", reader: 4 });
  }

  test("hold for seven days where they came within the hour before or since, and for good where they are older", async () => {
    await braked();
    expect(await suppressionsOf(office)).toEqual({
      [address(1)]: "hard-bounce",
      [address(2)]: "hard-bounce for now",
      [address(3)]: "hard-bounce for now",
      [address(4)]: "hard-bounce for now",
    });
    office.advance(7 * day);
    await tick(office.ctx);
    expect(await suppressionsOf(office)).toEqual({ [address(1)]: "hard-bounce" });
  });

  test("hold for good where the address bounces again once the issue goes on", async () => {
    await braked();
    await office.connection
      .prepare("update issues set status = 'sending', stop_reason = null, brake_base = ?")
      .run(await brakeBase(office.ctx, 1));
    await report(office, { kind: "bounced", reader: 3 });
    expect((await suppressionsOf(office))[address(3)]).toBe("hard-bounce");
  });

  test("a complaint is for good whatever else is doubted", async () => {
    await braked();
    await report(office, { kind: "complained", reader: 4 });
    expect((await suppressionsOf(office))[address(4)]).toBe("complaint");
  });
});
