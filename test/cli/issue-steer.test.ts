import { describe, expect, test } from "vitest";
import { claimIssueBatch } from "../../src/delivery/claim.ts";
import { planSlice } from "../../src/dispatch/plan.ts";
import { addReaders, openStage, type Stage } from "./stage.ts";

/** An issue of three readers that is being sent, planned and not yet paid. */
async function sending(): Promise<Stage> {
  const stage = await openStage();
  await stage.world.newsletter("morning");
  await addReaders(stage.world, "morning", 3);
  await stage.world.send("morning", "one");
  while (await planSlice(stage.world.ctx));
  return stage;
}

async function statusOf(stage: Stage): Promise<string> {
  return (await stage.json("issue", "status", "morning/one")).issue.status;
}

describe("tidings issue pause and resume", () => {
  test("stop a send and go on with it to its end", async () => {
    await using stage = await sending();
    const paused = await stage.tidings(["issue", "pause", "morning/one"]);
    expect(paused).toMatchObject({ code: 0, out: expect.stringContaining("Paused morning/one.") });
    expect(paused.out).toContain("3 = 0 accepted + 0 failed + 0 skipped + 0 in doubt + 3 open");
    expect(paused.err).toBe("Go on with: tidings issue resume morning/one\n");
    expect((await stage.tidings(["issue", "status", "morning/one"])).out).toMatch(
      /stopped because +somebody paused it/,
    );
    const resumed = await stage.tidings(["issue", "resume", "morning/one"]);
    expect(resumed.err).toContain("Going on with morning/one, which was paused.");
    expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining("Sent morning/one to 3 of 3 readers.") });
  });

  test("say that nothing changes where nothing does", async () => {
    await using stage = await sending();
    await stage.tidings(["issue", "pause", "morning/one"]);
    const again = await stage.tidings(["issue", "pause", "morning/one"]);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("morning/one was paused already.") });
  });

  test("tell of a batch in flight", async () => {
    await using stage = await sending();
    await claimIssueBatch(stage.world.ctx);
    const { err } = await stage.tidings(["issue", "pause", "morning/one"]);
    expect(err).toContain("1 batch is in flight and will finish");
  });

  test("refuse what makes no sense, with what does: exit code 5", async () => {
    await using stage = await sending();
    await stage.world.drain();
    for (const verb of ["pause", "resume", "cancel"]) {
      const { code, err } = await stage.tidings(["issue", verb, "morning/one"]);
      expect([code, err.includes("morning/one was sent")]).toEqual([5, true]);
    }
  });
});

describe("tidings issue cancel", () => {
  test("pauses, asks for the number of open mails, and ends the issue", async () => {
    await using stage = await sending();
    const { code, out, err } = await stage.tidings(["issue", "cancel", "morning/one"], { answers: ["3"] });
    expect(err).toContain("Paused, so that nothing more leaves while you decide.");
    expect(err).toContain("Type the number of open mails (3) to cancel for good: ");
    expect([code, out.split("\n")[0]]).toEqual([0, "Cancelled morning/one; 0 of 3 readers had it by then."]);
    expect(out).toMatch(/skipped +3 readers: cancelled/);
    expect(await statusOf(stage)).toBe("cancelled");
  });

  test.each([
    ["2", 2],
    ["", 2],
    ["morning/one", 2],
    ["^C", 130],
  ])('cancels nothing for "%s", and says that it stays paused', async (typed, exit) => {
    await using stage = await sending();
    const { code, out, err } = await stage.tidings(["issue", "cancel", "morning/one"], { answers: [typed] });
    expect([code, out]).toEqual([exit, ""]);
    expect(err).toContain("It stays paused; go on with: tidings issue resume morning/one");
    expect(await statusOf(stage)).toBe("paused");
  });

  test("without a terminal wants --yes, and touches nothing before", async () => {
    await using stage = await sending();
    expect((await stage.tidings(["issue", "cancel", "morning/one"])).code).toBe(2);
    expect(await statusOf(stage)).toBe("sending");
    const done = await stage.json("issue", "cancel", "morning/one", "--yes");
    expect(done).toMatchObject({ cancelled: true, issue: { status: "cancelled" }, sums: { skipped: 3, open: 0 } });
    const again = await stage.tidings(["issue", "cancel", "morning/one"]);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("was cancelled already") });
  });
});

describe("tidings issue retry --failed", () => {
  test("sends again what failed, and says how many", async () => {
    await using stage = await sending();
    stage.world.fault = () => ({ result: "rejected", reason: "no such mailbox" });
    await stage.world.drain();
    const status = await stage.tidings(["issue", "status", "morning/one"]);
    expect(status.err).toContain("Try the failed ones again with: tidings issue retry --failed morning/one");
    const { code, out, err } = await stage.tidings(["issue", "retry", "--failed", "morning/one"]);
    expect(err).toContain("Sending 3 failed mails of morning/one again.");
    expect([code, out.split("\n")[0]]).toEqual([0, "Sent morning/one to 3 of 3 readers."]);
    const again = await stage.json("issue", "retry", "--failed", "morning/one");
    expect(again).toMatchObject({ retried: 0, sums: { accepted: 3 } });
  });

  test("wants to be told what, and refuses what was cancelled", async () => {
    await using stage = await sending();
    expect(await stage.tidings(["issue", "retry", "morning/one"])).toMatchObject({ code: 2 });
    await stage.tidings(["issue", "cancel", "morning/one", "--yes"]);
    expect(await stage.tidings(["issue", "retry", "--failed", "morning/one"])).toMatchObject({ code: 5 });
  });
});
